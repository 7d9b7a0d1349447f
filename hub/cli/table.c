#include "cli/table.h"

static const char *const duty_at[] = {"start", "end"};
static const struct words duty_words = {duty_at, 2};
static const char *const shell_at[] = {"bash"};
static const struct words shell_words = {shell_at, 1};
static const char *const lang_at[] = {"id", "en"};
static const struct words lang_words = {lang_at, 2};

enum { REQ = FIELD_REQUIRED, ARG = FIELD_ARGUMENT, MUST = FIELD_REQUIRED | FIELD_ARGUMENT };

#define PAIR(id, en) \
    {                \
        {            \
            id, en   \
        }            \
    }
#define TICKET                                                \
    {                                                         \
        "ticket", "inc", FORM_TICKET, MUST, NULL,             \
            PAIR("nomor tiket (latihan: L42) atau id",        \
                 "the ticket's number (exercise: L42) or id") \
    }
#define NOTE(flags)                                                       \
    {                                                                     \
        "note", "note", FORM_LONG, flags, NULL, PAIR("catatan", "a note") \
    }
#define REASON(flags)                                                            \
    {                                                                            \
        "reason", "reason", FORM_LONG, flags, NULL, PAIR("alasan", "the reason") \
    }
#define ETA                                                                          \
    {                                                                                \
        "eta", "eta", FORM_WHEN, 0, NULL,                                            \
            PAIR("perkiraan tiba: 15m atau 14:30", "expected arrival: 15m or 14:30") \
    }
#define CAT(flags)                                                                        \
    {                                                                                     \
        "cat", "cat", FORM_TEXT, flags, NULL,                                             \
            PAIR("kategori, misalnya physical.crowd", "category, such as physical.crowd") \
    }
#define SEV                                                                \
    {                                                                      \
        "sev", "sev", FORM_WORD, 0, &WORDS_SEV,                            \
            PAIR("tingkat (juga kritis tinggi sedang rendah)", "severity") \
    }
#define TITLE(flags)                                                     \
    {                                                                    \
        "title", "title", FORM_TEXT, flags, NULL, PAIR("judul", "title") \
    }
#define TLP                                                                                    \
    {                                                                                          \
        "tlp", "tlp", FORM_WORD, 0, &WORDS_TLP, PAIR("siapa boleh membaca", "who may read it") \
    }
#define PLACE                                                         \
    {                                                                 \
        "place", "place", FORM_TEXT, 0, NULL, PAIR("tempat", "place") \
    }
#define LAT                                                                                        \
    {                                                                                              \
        "lat", "lat", FORM_DEGREES, 0, NULL, PAIR("lintang, contoh 1.4404", "latitude, as 1.4404") \
    }
#define LON                                                          \
    {                                                                \
        "lon", "lon", FORM_DEGREES, 0, NULL,                         \
            PAIR("bujur, contoh 125.1217", "longitude, as 125.1217") \
    }
#define BODY(flags)                                                                   \
    {                                                                                 \
        "body", "body", FORM_LONG, flags, NULL,                                       \
            PAIR("uraian; - membaca masukan standar", "text; - reads standard input") \
    }
#define EXERCISE                                                                        \
    {                                                                                   \
        "exercise", "status", FORM_FLAG, 0, NULL,                                       \
            PAIR("latihan, bukan kejadian sebenarnya", "an exercise, not a real event") \
    }
#define RETRY                                                \
    {                                                        \
        "retry-for", NULL, FORM_SPAN, 0, NULL,               \
            PAIR("ulangi sampai tersimpan, paling lama ini", \
                 "repeat until stored, at most so long")     \
    }
#define DEDUP(flags)                                         \
    {                                                        \
        "dedup", "key", FORM_TEXT, flags, NULL,              \
            PAIR("kunci gabung: kunci sama, tiket sama",     \
                 "deduplication key: same key, same ticket") \
    }

static const struct field report_fields[] = {
    TITLE(MUST),
    CAT(REQ),
    {"to", "to", FORM_IDS, REQ, NULL, PAIR("instansi: a,b", "agencies: a,b")},
    SEV,
    BODY(0),
    TLP,
    PLACE,
    LAT,
    LON,
    {"ask", "ask", FORM_IDS, 0, NULL, PAIR("yang diminta: a,b", "what is asked of them: a,b")},
    EXERCISE,
    RETRY};
static const struct field alert_fields[] = {
    TITLE(MUST),
    CAT(REQ),
    DEDUP(REQ),
    SEV,
    BODY(0),
    PLACE,
    {"count", "count", FORM_NUMBER, 0, NULL,
     PAIR("berapa kali terjadi", "how many times it occurred")},
    EXERCISE,
    RETRY};
static const struct field clear_fields[] = {DEDUP(MUST), EXERCISE, RETRY};
static const struct field history_fields[] = {TICKET};
static const struct field ticket_fields[] = {TICKET, EXERCISE};
static const struct field accept_fields[] = {TICKET, ETA, EXERCISE};
static const struct field enroute_fields[] = {TICKET, NOTE(ARG), ETA, EXERCISE};
static const struct field move_fields[] = {TICKET, NOTE(ARG), EXERCISE};
static const struct field reason_fields[] = {TICKET, REASON(MUST), EXERCISE};
static const struct field note_fields[] = {
    TICKET,
    BODY(MUST),
    {"next", "next", FORM_WHEN, 0, NULL,
     PAIR("janji kabar berikutnya: 30m", "promise of the next: 30m")},
    EXERCISE};
static const struct field share_fields[] = {
    TICKET,
    {"to", "to", FORM_IDS, MUST, NULL, PAIR("instansi: a,b", "agencies: a,b")},
    REASON(0),
    EXERCISE};
static const struct field change_fields[] = {
    TICKET,
    CAT(0),
    SEV,
    TITLE(0),
    PLACE,
    LAT,
    LON,
    TLP,
    {"veracity", "veracity", FORM_WORD, 0, &WORDS_VERACITY, PAIR("kebenaran", "how sure it is")},
    EXERCISE};
static const struct field offer_fields[] = {
    TICKET,
    {"agency", "agency", FORM_TEXT, MUST, NULL, PAIR("instansi penerima", "the agency to lead")},
    REASON(0),
    EXERCISE};
static const struct field merge_fields[] = {
    TICKET,
    {"into", "into", FORM_TICKET, MUST, NULL, PAIR("tiket tujuan", "the ticket that stays")},
    REASON(0),
    EXERCISE};
static const struct field escalate_fields[] = {
    TICKET,
    REASON(MUST),
    {"agency", "agency", FORM_TEXT, REQ, NULL, PAIR("siapa yang berutang", "who owes it")},
    {"what", "what", FORM_WORD, REQ, &WORDS_WHAT, PAIR("apa yang terutang", "what is owed")},
    {"about", "about", FORM_TEXT, 0, NULL,
     PAIR("tentang instansi (reassign)", "about which agency")},
    EXERCISE};
static const struct field resolve_fields[] = {TICKET, NOTE(MUST), EXERCISE};
static const struct field close_fields[] = {
    TICKET,
    {"disposition", "disposition", FORM_WORD, MUST, &WORDS_DISPOSITION, PAIR("hasil", "outcome")},
    NOTE(ARG),
    EXERCISE};
static const struct field duty_fields[] = {
    {"do", NULL, FORM_WORD, MUST, &duty_words, PAIR("mulai atau selesai", "start or end")},
    {"for", NULL, FORM_SPAN, 0, NULL, PAIR("lama piket, 8h bila tidak disebut", "how long; 8h")}};
static const struct field enrol_fields[] = {
    {"link", NULL, FORM_TEXT, MUST, NULL,
     PAIR("tautan, atau rahasia bersama --url", "the link, or the secret with --url")}};
static const struct field invite_fields[] = {
    {"member", NULL, FORM_MEMBER, MUST, NULL, PAIR("INSTANSI/ANGGOTA", "AGENCY/MEMBER")},
    {"for", NULL, FORM_SPAN, 0, NULL, PAIR("masa berlaku, 3d bila tidak disebut", "validity; 3d")}};
static const struct field revoke_fields[] = {
    {"device", NULL, FORM_TEXT, MUST, NULL,
     PAIR("kunci (kid atau awalnya) atau INSTANSI/ANGGOTA",
          "key (kid or its start) or AGENCY/MEMBER")},
    {"reason", "reason", FORM_WORD, 0, &WORDS_REASON,
     PAIR("alasan; lost bila tidak disebut", "reason; lost")}};
static const struct field put_fields[] = {
    {"path", NULL, FORM_FILE, MUST, NULL,
     PAIR("berkas JSON, atau folder berisi *.json", "JSON file, or folder of *.json")}};
static const struct field beat_fields[] = {
    {"every", NULL, FORM_SPAN, 0, NULL,
     PAIR("terus berdetak, setiap sekian", "go on, this often")}};
static const struct field watch_fields[] = {
    {"since", NULL, FORM_NUMBER, 0, NULL,
     PAIR("mulai sesudah catatan ini", "start after this seq")}};
static const struct field tickets_fields[] = {
    {"all", NULL, FORM_FLAG, 0, NULL, PAIR("juga yang tertangani", "resolved ones too")}};
static const struct field who_fields[] = {
    {"to", NULL, FORM_IDS, MUST, NULL, PAIR("instansi: a,b", "agencies: a,b")}, TLP};
static const struct field ready_fields[] = {
    {"hub", NULL, FORM_TEXT, MUST, NULL, PAIR("alamat hub, https://HOST", "the hub, https://HOST")},
    {"at", NULL, FORM_TEXT, 0, NULL,
     PAIR("hubungi alamat ini; nama di sertifikat tetap diperiksa",
          "dial this address; the certificate's name is checked all the same")}};
#define DATABASE(flags)                                                            \
    {                                                                              \
        "database", NULL, FORM_TEXT, flags, NULL,                                  \
            PAIR("basis data hub, misalnya \"dbname=posko host=/run/postgresql\"", \
                 "the hub's database, as \"dbname=posko host=/run/postgresql\"")   \
    }
static const struct field verify_fields[] = {
    {"file", NULL, FORM_FILE, ARG, NULL,
     PAIR("berkas dari export, bila tanpa --database", "what export wrote, without --database")},
    DATABASE(0),
    {"hub", NULL, FORM_TEXT, 0, NULL,
     PAIR("kunci hub yang pertama, dari undangan", "the hub's first key, from an invitation")},
    {"upto", NULL, FORM_NUMBER, 0, NULL,
     PAIR("hanya sampai catatan ini, tanpa tabel", "only up to this seq, without the tables")}};
static const struct field export_fields[] = {
    {"ledger", NULL, FORM_FILE, REQ, NULL,
     PAIR("berkas baru, atau - untuk keluaran standar", "a new file, or - for standard output")},
    DATABASE(REQ)};
static const struct field completion_fields[] = {
    {"shell", NULL, FORM_WORD, MUST, &shell_words, PAIR("jenis shell", "the shell")}};
static const struct field help_fields[] = {
    {"command", NULL, FORM_TEXT, ARG, NULL, PAIR("perintah", "command")}};

#define COMMAND(name, action, kind, fields, id, en)                                    \
    {                                                                                  \
        name, action, kind, PAIR(id, en), fields, sizeof(fields) / sizeof((fields)[0]) \
    }
#define PLAIN(name, action, id, en)               \
    {                                             \
        name, action, NULL, PAIR(id, en), NULL, 0 \
    }
#define RECORD(name, kind, fields, id, en) COMMAND(name, ACTION_RECORD, kind, fields, id, en)

const struct command table_commands[] = {
    COMMAND("enrol", ACTION_ENROL, NULL, enrol_fields, "daftarkan perangkat ini dengan undangan",
            "enrol this device with an invitation"),
    COMMAND("invite", ACTION_INVITE, NULL, invite_fields, "buat tautan undangan untuk anggota",
            "make an invitation link for a member"),
    COMMAND("revoke", ACTION_REVOKE, NULL, revoke_fields, "cabut kunci perangkat",
            "revoke a device's key"),
    COMMAND("put", ACTION_PUT, NULL, put_fields, "tulis instansi, anggota, kebijakan ... dari JSON",
            "write agencies, members, policies ... from JSON"),
    RECORD("report", "incident.report", report_fields, "laporkan insiden", "report an incident"),
    RECORD("alert", "alert.raise", alert_fields, "alarm dari sumber mesin",
           "alert from a machine source"),
    RECORD("clear", "alert.clear", clear_fields, "sumber menyatakan alarm reda",
           "the source says that the alert is over"),
    RECORD("ack", "response.ack", ticket_fields, "terima: laporan sudah dilihat",
           "acknowledge: it has been seen"),
    RECORD("accept", "response.accept", accept_fields, "tindak lanjuti", "accept: we act on it"),
    RECORD("decline", "response.decline", reason_fields, "tolak, dengan alasan",
           "decline, with the reason"),
    RECORD("enroute", "response.enroute", enroute_fields, "menuju lokasi", "on the way"),
    RECORD("onscene", "response.onscene", move_fields, "di lokasi", "on scene"),
    RECORD("done", "response.done", move_fields, "bagian kami selesai", "our part is done"),
    RECORD("note", "incident.note", note_fields, "catatan perkembangan", "a note"),
    RECORD("share", "incident.share", share_fields, "libatkan instansi lain",
           "bring in more agencies"),
    RECORD("change", "incident.change", change_fields, "ubah tingkat, judul, tempat ...",
           "change severity, title, place ..."),
    RECORD("offer", "incident.offer", offer_fields, "tawarkan serah terima tiket",
           "offer the lead to another agency"),
    RECORD("take", "incident.take", ticket_fields, "ambil alih tiket yang ditawarkan",
           "take the lead that was offered"),
    RECORD("merge", "incident.merge", merge_fields, "gabungkan tiket ke tiket lain",
           "merge a ticket into another"),
    RECORD("escalate", "incident.escalate", escalate_fields, "eskalasi utang sekarang juga",
           "escalate what is owed, now"),
    RECORD("resolve", "incident.resolve", resolve_fields, "nyatakan tertangani",
           "say it is resolved"),
    RECORD("close", "incident.close", close_fields, "tutup tiket", "close a ticket"),
    RECORD("reopen", "incident.reopen", reason_fields, "buka lagi tiket", "reopen a ticket"),
    COMMAND("duty", ACTION_DUTY, NULL, duty_fields, "mulai atau akhiri piket", "go on or off duty"),
    COMMAND("watch", ACTION_WATCH, NULL, watch_fields, "ikuti apa yang terjadi",
            "follow what happens"),
    COMMAND("history", ACTION_HISTORY, NULL, history_fields, "semua catatan sebuah tiket",
            "all records of a ticket"),
    COMMAND("tickets", ACTION_TICKETS, NULL, tickets_fields, "tiket yang terbuka",
            "the open tickets"),
    COMMAND("who", ACTION_WHO, NULL, who_fields, "siapa yang akan melihat laporan",
            "who would see a report"),
    COMMAND("beat", ACTION_BEAT, NULL, beat_fields, "detak: sumber mesin masih hidup",
            "beat: a machine source is alive"),
    PLAIN("doctor", ACTION_DOCTOR, "periksa kunci, jaringan, hub, dan jam",
          "check key, network, hub and clock"),
    COMMAND("ready", ACTION_READY, NULL, ready_fields, "apakah hub menerima catatan (tanpa kunci)",
            "does the hub take records (needs no key)"),
    COMMAND("verify", ACTION_VERIFY, NULL, verify_fields,
            "periksa seluruh buku catatan tanpa percaya pada hub",
            "check a whole ledger, trusting no hub"),
    COMMAND("export", ACTION_EXPORT, NULL, export_fields,
            "salin seluruh buku catatan ke satu berkas", "copy the whole ledger into one file"),
    COMMAND("completion", ACTION_COMPLETION, NULL, completion_fields,
            "pelengkap perintah untuk shell", "completion script for the shell"),
    PLAIN("man", ACTION_MAN, "sumber halaman manual (scdoc)", "source of the manual page (scdoc)"),
    COMMAND("help", ACTION_HELP, NULL, help_fields, "bantuan", "help"),
    PLAIN("version", ACTION_VERSION, "versi", "version"),
};
const size_t table_count = sizeof(table_commands) / sizeof(table_commands[0]);

const struct field table_common[] = {
    {"as", NULL, FORM_MEMBER, 0, NULL,
     PAIR("pakai kunci INSTANSI/ANGGOTA", "use the key of AGENCY/MEMBER")},
    {"key", NULL, FORM_FILE, 0, NULL,
     PAIR("berkas kunci (PEM, JSON di sebelahnya)", "key file (PEM, its JSON beside it)")},
    {"url", NULL, FORM_TEXT, 0, NULL, PAIR("alamat hub, wss://HOST", "the hub, wss://HOST")},
    {"aud", NULL, FORM_TEXT, 0, NULL,
     PAIR("buku catatan (tanpa JSON)", "the ledger (without JSON)")},
    {"iss", NULL, FORM_TEXT, 0, NULL,
     PAIR("instansi kunci (tanpa JSON)", "the key's agency (without JSON)")},
    {"act", NULL, FORM_TEXT, 0, NULL,
     PAIR("anggota atau sumber (tanpa JSON)", "member or source (without JSON)")},
    {"ca", NULL, FORM_FILE, 0, NULL,
     PAIR("otoritas sertifikat sendiri (PEM)", "an own certificate authority (PEM)")},
    {"timeout", NULL, FORM_SPAN, 0, NULL,
     PAIR("menunggu paling lama, 20s bila tidak disebut", "wait at most; 20s")},
    {"json", NULL, FORM_FLAG, 0, NULL, PAIR("satu objek JSON per baris", "one JSON object a line")},
    {"lang", NULL, FORM_WORD, 0, &lang_words, PAIR("bahasa", "language")},
    {"help", NULL, FORM_FLAG, 0, NULL, PAIR("bantuan perintah ini", "help on this command")},
};
const size_t table_common_count = sizeof(table_common) / sizeof(table_common[0]);

const struct command *table_command(struct str name)
{
    for (size_t i = 0; i < table_count; i++) {
        if (str_eq(name, str_of(table_commands[i].name)))
            return &table_commands[i];
    }
    return NULL;
}

const struct command *table_nearest(struct str name)
{
    const struct command *best = NULL;
    size_t least = 3;
    for (size_t i = 0; i < table_count; i++) {
        size_t d = str_distance(name, str_of(table_commands[i].name));
        if (d < least) {
            least = d;
            best = &table_commands[i];
        }
    }
    return best;
}
