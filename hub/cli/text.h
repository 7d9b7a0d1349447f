/* What the command says, in both languages, in one list; and the words of the wire for people. */
#ifndef POSKO_CLI_TEXT_H
#define POSKO_CLI_TEXT_H

#include "base/str.h"

enum lang { LANG_ID, LANG_EN, LANG_COUNT };

struct pair {
    const char *in[LANG_COUNT]; /* Indonesian, English */
};

/* Both sides take the same arguments in the same order (a test compares them). */
#define TEXT_LIST(X)                                                                               \
    X(STORED, "tersimpan #%lld", "stored #%lld")                                                   \
    X(TICKET_NO, "tiket %s%lld", "ticket %s%lld")                                                  \
    X(TICKET_ID, "tiket %s", "ticket %s")                                                          \
    X(REFUSED, "ditolak: %s", "refused: %s")                                                       \
    X(NOT_STORED, "tidak tersimpan, aman diulang: %s", "not stored, safe to repeat: %s")           \
    X(NOT_LOGGED_IN, "tidak diterima masuk: %s", "not admitted: %s")                               \
    X(NO_ANSWER, "tidak ada jawaban dari %s dalam waktunya: %s", "no answer from %s in time: %s")  \
    X(SILENT, "hub tidak menjawab", "the hub does not answer")                                     \
    X(RETRYING, "%s: %s; mencoba lagi", "%s: %s; trying again")                                    \
    X(OTHER_LEDGER,                                                                                \
      "ini buku catatan lain dari yang dikenal kunci ini (%s); pastikan pada admin, lalu enrol "   \
      "lagi",                                                                                      \
      "this is another ledger than this key knows (%s); ask your admin, then enrol again")         \
    X(OTHER_HUB, "kunci hub bukan yang disimpan saat enrol; jangan dipakai, hubungi admin",        \
      "the hub's key is not the one kept at enrolment; do not use it, call your admin")            \
    X(SEE_HELP, "lihat: posko %s --help", "see: posko %s --help")                                  \
    X(NO_COMMAND, "tidak ada perintah '%s'", "there is no command '%s'")                           \
    X(DID_YOU_MEAN, "maksudnya '%s'?", "did you mean '%s'?")                                       \
    X(NO_OPTION, "tidak ada opsi '--%s'", "there is no option '--%s'")                             \
    X(NEEDS_VALUE, "opsi --%s memerlukan nilai", "option --%s needs a value")                      \
    X(TAKES_NO_VALUE, "opsi --%s tidak memakai nilai", "option --%s takes no value")               \
    X(TWICE, "opsi --%s diberikan dua kali", "option --%s is given twice")                         \
    X(EXTRA_ARGUMENT, "argumen berlebih: '%s'", "one argument too many: '%s'")                     \
    X(MISSING, "%s belum diberikan", "%s is missing")                                              \
    X(BAD_WORD, "--%s: '%s' bukan salah satu dari: %s", "--%s: '%s' is none of: %s")               \
    X(BAD_VALUE, "--%s: '%s' tidak sah (%s)", "--%s: '%s' is not valid (%s)")                      \
    X(BAD_CLAIM, "%s: %s", "%s: %s")                                                               \
    X(FORM_WHEN, "contoh: 15m, 2h, 14:30, atau milidetik sejak 1970",                              \
      "for example: 15m, 2h, 14:30, or milliseconds since 1970")                                   \
    X(FORM_SPAN, "contoh: 90s, 15m, 8h, 3d", "for example: 90s, 15m, 8h, 3d")                      \
    X(FORM_TEXT, "teks UTF-8", "UTF-8 text")                                                       \
    X(FORM_NUMBER, "bilangan bulat", "a whole number")                                             \
    X(FORM_DEGREES, "derajat desimal, contoh 1.4404", "decimal degrees, for example 1.4404")       \
    X(FORM_MEMBER, "INSTANSI/ANGGOTA", "AGENCY/MEMBER")                                            \
    X(FORM_STDIN, "masukan standar bukan teks UTF-8 atau terlalu panjang",                         \
      "standard input is not UTF-8 text or too long")                                              \
    X(NO_KEY, "belum ada kunci di %s; mulai dengan: posko enrol TAUTAN",                           \
      "there is no key in %s; start with: posko enrol LINK")                                       \
    X(WHICH_KEY, "ada beberapa kunci; pilih satu dengan --as atau POSKO_AS:",                      \
      "there are several keys; choose one with --as or POSKO_AS:")                                 \
    X(NO_SUCH_KEY,                                                                                 \
      "tidak ada kunci untuk %s di %s; yang ada:", "there is no key for %s in %s; there are:")     \
    X(KEY_LACKS, "%s: tidak ada %s; beri dengan --%s atau dalam %s",                               \
      "%s: has no %s; give it with --%s or in %s")                                                 \
    X(BAD_FILE, "%s: %s", "%s: %s")                                                                \
    X(BAD_LINK, "bukan tautan enrol: https://HOST/#enrol=RAHASIA.HUB, atau rahasia dengan --url",  \
      "not an enrolment link: https://HOST/#enrol=SECRET.HUB, or a secret with --url")             \
    X(ENROLLED, "kunci %s/%s terdaftar di %s", "key of %s/%s enrolled at %s")                      \
    X(COMPARE_HUB, "cocokkan kunci hub dengan admin: %s",                                          \
      "compare the hub's key with your admin: %s")                                                 \
    X(WRONG_HUB, "hub menyebut kunci %s, tautan menyebut %s: kunci tidak disimpan",                \
      "the hub says its key is %s, the link says %s: the key was not kept")                        \
    X(NO_NAMES, "%s menjawab dengan nama yang tidak sah: kunci tidak disimpan",                    \
      "%s answers with a name that is none: the key was not kept")                                 \
    X(KEPT_OLD, "kunci lama disimpan sebagai %s", "the old key was kept as %s")                    \
    X(NO_TICKET,                                                                                   \
      "tidak ada tiket %s yang terbuka bagi Anda; tiket yang sudah ditutup disebut dengan id",     \
      "no open ticket %s that you may read; name a closed one by its id")                          \
    X(MANY_TICKETS, "%s cocok dengan beberapa tiket", "%s fits several tickets")                   \
    X(NO_TICKETS, "tidak ada tiket terbuka", "no open tickets")                                    \
    X(BAD_TICKET, "'%s' bukan tiket: nomor (42, latihan L42), id, atau awal id (8 huruf)",         \
      "'%s' is no ticket: a number (42, exercise L42), an id, or its first 8 characters")          \
    X(NO_DEVICE, "tidak ada kunci aktif %s", "no active key %s")                                   \
    X(MANY_DEVICES,                                                                                \
      "%s punya beberapa kunci; sebut salah satu:", "%s has several keys; name one:")              \
    X(SINCE, "sejak", "since")                                                                     \
    X(FOLLOWING, "terhubung ke %s, catatan %lld", "connected to %s, ledger at %lld")               \
    X(LEDGER_LOST,                                                                                 \
      "PERINGATAN: buku catatan hub lebih pendek daripada yang sudah dilihat; hubungi admin",      \
      "WARNING: the hub's ledger is shorter than what was seen before; call your admin")           \
    X(GONE, "tiket %s tidak lagi terbuka bagi Anda", "you may no longer read ticket %s")           \
    X(RECEIPT, "tiket %s: %s/%s %s", "ticket %s: %s/%s %s")                                        \
    X(OVERDUE, "PERINGATAN: %lld tenggat terlambat di hub",                                        \
      "WARNING: %lld clocks are late at the hub")                                                  \
    X(SUMMARY, "%lld catatan, %lld dengan tanda tangan tidak sah",                                 \
      "%lld records, %lld without a good signature")                                               \
    X(DUE, "tenggat", "due")                                                                       \
    X(LATE, "LEWAT", "LATE")                                                                       \
    X(LEAD, "pemegang", "lead")                                                                    \
    X(NEW_SOURCE_KEY, "kunci baru untuk sumber %s/%s: %s", "new key for source %s/%s: %s")         \
    X(NOT_ADMIN_KIND, "%s: kind '%s' tidak dikenal put", "%s: put does not know the kind '%s'")    \
    X(NOTHING_TO_PUT, "%s: tidak ada objek JSON", "%s: no JSON objects")                           \
    X(PUT_DONE, "%lld objek tersimpan", "%lld objects stored")                                     \
    X(WHO_NOBODY, "tidak ada yang akan melihatnya", "nobody would see it")                         \
    X(BEATEN, "detak terkirim", "beat sent")                                                       \
    X(DOCTOR_LIBRARY, "pustaka", "library")                                                        \
    X(DOCTOR_KEY, "kunci", "key")                                                                  \
    X(DOCTOR_DNS, "nama (DNS)", "name (DNS)")                                                      \
    X(DOCTOR_TCP, "sambungan TCP", "TCP connection")                                               \
    X(DOCTOR_ENCRYPTION, "enkripsi", "encryption")                                                 \
    X(DOCTOR_HEALTH, "kesehatan hub", "hub's health")                                              \
    X(DOCTOR_HELLO, "salam hub", "hub's hello")                                                    \
    X(DOCTOR_LOGIN, "masuk", "log-in")                                                             \
    X(DOCTOR_CLOCK, "jam", "clock")                                                                \
    X(DOCTOR_PIN, "kunci hub", "hub's key")                                                        \
    X(DO_KEY, "perbaiki dengan: chmod 600 BERKAS, atau enrol lagi",                                \
      "mend it with: chmod 600 FILE, or enrol again")                                              \
    X(DO_DNS, "periksa nama hub, jaringan, dan DNS perangkat ini",                                 \
      "check the hub's name, the network and this device's DNS")                                   \
    X(DO_TCP, "periksa apakah hub berjalan, port, dan firewall",                                   \
      "check that the hub runs, its port, and firewalls")                                          \
    X(DO_TLS, "periksa sertifikat (nama, masa berlaku); otoritas sendiri: --ca BERKAS",            \
      "check the certificate (name, dates); for an own authority: --ca FILE")                      \
    X(DO_PLAIN, "tanpa TLS hanya untuk mesin ini sendiri; pakai wss://",                           \
      "without TLS only on this machine itself; use wss://")                                       \
    X(DO_HEALTH, "hub hidup tetapi belum siap; sebabnya di atas, beri tahu admin hub",             \
      "the hub lives but is not ready; the reasons are above, tell the hub's admin")               \
    X(DO_HELLO, "di alamat ini tidak ada hub Posko, atau proxy tidak meneruskan WebSocket",        \
      "there is no Posko hub at this address, or a proxy does not pass WebSocket")                 \
    X(DO_LOGIN, "minta admin instansi membuat undangan baru, lalu: posko enrol TAUTAN",            \
      "ask your agency's admin for a new invitation, then: posko enrol LINK")                      \
    X(DO_CLOCK, "jam perangkat ini selisih %lld ms dari hub; nyalakan NTP",                        \
      "this device's clock is %lld ms off the hub's; switch NTP on")                               \
    X(DO_PIN, "jangan dipakai; hubungi admin", "do not use it; call your admin")                   \
    X(BAD_LEDGER, "tidak dapat diperiksa: %s", "cannot be examined: %s")                           \
    X(WHICH_LEDGER, "sebut satu: berkas hasil export, atau --database",                            \
      "name one: a file that export wrote, or --database")                                         \
    X(EXPORTED, "%lld catatan di %s, akar %s", "%lld records in %s, root %s")                      \
    X(PROGRESS, "%lld dari %lld", "%lld of %lld")                                                  \
    X(FOLLOWS, "mungkin akibat #%lld", "perhaps only because of #%lld")                            \
    X(MORE_PROBLEMS, "dan %lld lagi; semuanya dengan --json", "and %lld more; all with --json")    \
    X(VERIFIED,                                                                                    \
      "%lld catatan sampai #%lld, %lld tanda tangan (%lld per detik), %lld tiket, %lld utang",     \
      "%lld records up to #%lld, %lld signatures (%lld a second), %lld tickets, %lld obligations") \
    X(VERIFIED_ROOT, "buku %s, akar %s", "ledger %s, root %s")                                     \
    X(VERIFIED_CLOCKS, "%lld tenggat berbunyi, paling lambat %lld ms; %lld belum berbunyi",        \
      "%lld clocks fired, at most %lld ms late; %lld have not fired yet")                          \
    X(VERIFIED_GOOD, "semuanya cocok", "all of it is right")                                       \
    X(VERIFIED_BAD, "%lld hal salah", "%lld things are wrong")                                     \
    X(AUDIT_MISSING, "hilang: %s", "missing: %s")                                                  \
    X(AUDIT_ORDER, "bernomor %s", "has the number %s")                                             \
    X(AUDIT_SHORT, "buku berakhir sebelum ini; kepalanya menyebut %s",                             \
      "the ledger ends before this; its head says %s")                                             \
    X(AUDIT_AT, "waktunya mundur atau tidak mungkin: %s", "its time goes back or cannot be: %s")   \
    X(AUDIT_LINE, "barisnya bukan catatan: %s", "its line is no record: %s")                       \
    X(AUDIT_JWS, "tidak terbaca: %s", "cannot be read: %s")                                        \
    X(AUDIT_KEY, "kunci %s tidak dikenal di tempat ini; tanda tangan tidak dapat diperiksa",       \
      "key %s is not known at this place; its signature cannot be checked")                        \
    X(AUDIT_SIGNATURE, "tanda tangan bukan dari kunci %s", "the signature is not of key %s")       \
    X(AUDIT_LEAF, "daun %s bukan dari isi dan waktunya", "leaf %s is not of its text and time")    \
    X(AUDIT_COLUMN, "kolom %s tidak seperti catatannya", "column %s is not as the record says")    \
    X(AUDIT_TWICE, "jti-nya sudah ada di %s", "its jti stands at %s already")                      \
    X(AUDIT_REFUSED, "hub menolaknya di tempat ini: %s", "a hub refuses it at this place: %s")     \
    X(AUDIT_CLOCK, "tenggat tidak seperti hitungan buku: %s",                                      \
      "the clock is not as the ledger makes it: %s")                                               \
    X(AUDIT_HUB, "kunci pertama buku ini %s, bukan yang diminta",                                  \
      "the ledger's first key is %s, not the one asked for")                                       \
    X(AUDIT_HEAD, "kepala buku tidak cocok: %s", "the head is not the ledger's: %s")               \
    X(AUDIT_ROOT, "akar seharusnya %s", "the root should be %s")                                   \
    X(AUDIT_NO_ROW, "tabel tidak punya %s", "the tables lack %s")                                  \
    X(AUDIT_FOREIGN_ROW, "tabel punya %s, yang tidak dibuat buku ini",                             \
      "the tables hold %s, which the ledger did not make")                                         \
    X(AUDIT_ROW, "tabel lain dari buku: %s", "the tables differ from the ledger: %s")              \
    X(HELP_USAGE, "Pemakaian", "Usage")                                                            \
    X(HELP_COMMANDS, "Perintah", "Commands")                                                       \
    X(HELP_ARGUMENTS, "Argumen", "Arguments")                                                      \
    X(HELP_OPTIONS, "Opsi", "Options")                                                             \
    X(HELP_COMMON, "Opsi umum", "Common options")                                                  \
    X(HELP_OPTIONS_WORD, "OPSI", "OPTIONS")                                                        \
    X(HELP_COMMAND_WORD, "PERINTAH", "COMMAND")                                                    \
    X(HELP_REQUIRED, "wajib", "required")                                                          \
    X(HELP_ONE_OF, "salah satu: ", "one of: ")                                                     \
    X(HELP_TITLE, "Posko: laporan insiden bertanda tangan antarinstansi",                          \
      "Posko: signed incident reports between agencies")                                           \
    X(HELP_EXIT,                                                                                   \
      "Kode keluar: 0 selesai, 1 ditolak, 2 salah pemakaian, 3 tidak tersimpan (aman "             \
      "diulang), 4 tidak diterima masuk, 5 tidak ada jawaban dalam waktunya",                      \
      "Exit codes: 0 done, 1 refused, 2 usage, 3 not stored (safe to repeat), 4 not "              \
      "authenticated, 5 no answer in time")                                                        \
    X(MAN_NAME, "NAMA", "NAME")                                                                    \
    X(MAN_SYNOPSIS, "IKHTISAR", "SYNOPSIS")                                                        \
    X(MAN_DESCRIPTION, "URAIAN", "DESCRIPTION")                                                    \
    X(MAN_COMMANDS, "PERINTAH", "COMMANDS")                                                        \
    X(MAN_COMMON, "OPSI UMUM", "COMMON OPTIONS")                                                   \
    X(MAN_EXIT, "KODE KELUAR", "EXIT STATUS")                                                      \
    X(MAN_FILES, "BERKAS", "FILES")                                                                \
    X(MAN_EXAMPLES, "CONTOH", "EXAMPLES")                                                          \
    X(MAN_ENVIRONMENT, "LINGKUNGAN", "ENVIRONMENT")                                                \
    X(MAN_ABOUT,                                                                                   \
      "Setiap perintah menandatangani satu catatan dengan kunci perangkat ini dan mengirimnya ke " \
      "hub sampai tersimpan. Tanpa jawaban, catatan yang sama dikirim lagi; hub menyimpannya "     \
      "satu kali.",                                                                                \
      "Each command signs one record with this device's key and sends it to the hub until it is "  \
      "stored. Without an answer the same record is sent again; the hub stores it once.")          \
    X(MAN_FILES_TEXT, "kunci PKCS#8 (0600) dan JSON {url, aud, hub, iss, act, kid} di sebelahnya", \
      "the PKCS#8 key (0600) and beside it JSON {url, aud, hub, iss, act, kid}")                   \
    X(MAN_LANG_TEXT, "bahasa: Inggris bila diawali \"en\", selain itu Indonesia",                  \
      "language: English when it starts with \"en\", else Indonesian")                             \
    X(MAN_AS_TEXT, "kunci yang dipakai, seperti --as", "the key to use, as --as")                  \
    X(MAN_COLOR_TEXT, "bila ada: keluaran tanpa warna", "when set: output without colour")

enum text {
#define TEXT_MEMBER(name, id, en) TEXT_##name,
    TEXT_LIST(TEXT_MEMBER)
#undef TEXT_MEMBER
        TEXT_COUNT
};

const char *text_get(enum lang lang, enum text text); /* a printf format */

/* --lang's value (false and untouched when it is neither), or what LC_ALL, LC_MESSAGES, LANG (the
 * first that is set) say. */
bool text_lang_parse(struct str name, enum lang *out);
enum lang text_lang_of(const char *lc_all, const char *lc_messages, const char *lang);

/* A word of the wire ("extreme", "response.ack", "closed" as an error) for people; itself when the
 * list does not have it. */
struct str text_word(enum lang lang, struct str wire);
/* What a refusal means; the hub's English text when there is nothing better. */
const char *text_refusal(enum lang lang, const char *code, const char *hub_text);
/* kritis, tinggi, sedang, rendah -> the wire's word; itself otherwise. */
struct str text_sev(struct str typed);

#endif
