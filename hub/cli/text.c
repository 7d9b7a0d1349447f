#include "cli/text.h"

static const struct pair texts[TEXT_COUNT] = {
#define TEXT_MEMBER(name, id, en) [TEXT_##name] = {{id, en}},
    TEXT_LIST(TEXT_MEMBER)
#undef TEXT_MEMBER
};

const char *text_get(enum lang lang, enum text text)
{
    return texts[text].in[lang];
}

bool text_lang_parse(struct str name, enum lang *out)
{
    if (!str_eq(name, STR("id")) && !str_eq(name, STR("en")))
        return false;
    *out = name.at[0] == 'e' ? LANG_EN : LANG_ID;
    return true;
}

enum lang text_lang_of(const char *lc_all, const char *lc_messages, const char *lang)
{
    const char *const names[] = {lc_all, lc_messages, lang};
    for (int i = 0; i < 3; i++) {
        if (names[i] != NULL && names[i][0] != '\0')
            return str_starts(str_of(names[i]), STR("en")) ? LANG_EN : LANG_ID;
    }
    return LANG_ID;
}

struct word {
    const char *wire;
    struct pair pair;
};

static const struct word words[] = {
    {"extreme", {{"kritis", "extreme"}}},
    {"severe", {{"tinggi", "severe"}}},
    {"moderate", {{"sedang", "moderate"}}},
    {"minor", {{"rendah", "minor"}}},
    {"open", {{"terbuka", "open"}}},
    {"resolved", {{"tertangani", "resolved"}}},
    {"closed", {{"ditutup", "closed"}}},
    {"merged", {{"digabung", "merged"}}},
    {"offered", {{"belum dijawab", "not answered"}}},
    {"acked", {{"diterima", "acked"}}},
    {"accepted", {{"ditindaklanjuti", "accepted"}}},
    {"enroute", {{"menuju lokasi", "en route"}}},
    {"onscene", {{"di lokasi", "on scene"}}},
    {"done", {{"selesai", "done"}}},
    {"declined", {{"menolak", "declined"}}},
    {"exercise", {{"LATIHAN", "EXERCISE"}}},
    {"got", {{"sampai di perangkat", "received"}}},
    {"shown", {{"dibaca", "seen"}}},
    {"ack", {{"terima", "ack"}}},
    {"accept", {{"tindak lanjut", "accept"}}},
    {"arrive", {{"tiba", "arrive"}}},
    {"update", {{"kabar", "update"}}},
    {"take", {{"serah terima", "take"}}},
    {"reassign", {{"alihkan", "reassign"}}},
    {"resolve", {{"tangani", "resolve"}}},
    {"close", {{"tutup", "close"}}},
    {"incident.report", {{"Laporan", "Report"}}},
    {"alert.raise", {{"Alarm", "Alert"}}},
    {"alert.clear", {{"Alarm reda", "Alert cleared"}}},
    {"response.ack", {{"Terima", "Ack"}}},
    {"response.accept", {{"Tindak lanjuti", "Accept"}}},
    {"response.enroute", {{"Menuju lokasi", "En route"}}},
    {"response.onscene", {{"Di lokasi", "On scene"}}},
    {"response.done", {{"Selesai", "Done"}}},
    {"response.decline", {{"Tolak", "Decline"}}},
    {"incident.note", {{"Catatan", "Note"}}},
    {"incident.change", {{"Ubah", "Change"}}},
    {"incident.share", {{"Libatkan", "Share"}}},
    {"incident.offer", {{"Tawarkan serah terima", "Offer"}}},
    {"incident.take", {{"Serah terima", "Take"}}},
    {"incident.merge", {{"Gabung", "Merge"}}},
    {"incident.escalate", {{"Eskalasi", "Escalate"}}},
    {"incident.resolve", {{"Tertangani", "Resolve"}}},
    {"incident.close", {{"Tutup", "Close"}}},
    {"incident.reopen", {{"Buka lagi", "Reopen"}}},
    {"duty.start", {{"Mulai piket", "On duty"}}},
    {"duty.end", {{"Selesai piket", "Off duty"}}},
    {"agency.put", {{"Instansi", "Agency"}}},
    {"category.put", {{"Kategori", "Category"}}},
    {"place.put", {{"Tempat", "Place"}}},
    {"policy.put", {{"Kebijakan", "Policy"}}},
    {"rule.put", {{"Aturan", "Rules"}}},
    {"member.put", {{"Anggota", "Member"}}},
    {"source.put", {{"Sumber", "Source"}}},
    {"device.invite", {{"Undangan", "Invitation"}}},
    {"device.revoke", {{"Kunci dicabut", "Key revoked"}}},
    {"hub.key", {{"Kunci hub", "Hub key"}}},
    {"device.enrol", {{"Kunci terdaftar", "Key enrolled"}}},
    {"clock.lapse", {{"TENGGAT LEWAT", "CLOCK LAPSED"}}},
    {"source.silent", {{"SUMBER DIAM", "SOURCE SILENT"}}},
};

struct str text_word(enum lang lang, struct str wire)
{
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (str_eq(wire, str_of(words[i].wire)))
            return str_of(words[i].pair.in[lang]);
    }
    return wire;
}

/* The English is the wire list's own; this is its other half. */
static const struct {
    const char *code;
    const char *id;
} refusals[] = {
    {"bad_frame", "pesan tidak dikenal hub"},
    {"bad_shape", "bukan catatan bertanda tangan"},
    {"bad_header", "kepala catatan tidak sah"},
    {"bad_json", "isi catatan bukan JSON yang sah"},
    {"unknown_key", "kunci ini tidak terdaftar; enrol perangkat ini dulu"},
    {"revoked_key", "kunci ini sudah dicabut; minta undangan baru kepada admin"},
    {"bad_signature", "tanda tangan tidak cocok dengan kunci"},
    {"unknown_field", "jenis catatan ini tidak punya isian itu"},
    {"bad_claim", "isian tidak ada atau tidak sah"},
    {"not_allowed", "peran Anda tidak boleh melakukannya di sini"},
    {"not_found", "tidak ada, atau tidak terbuka bagi Anda"},
    {"id_conflict", "jti ini sudah dipakai catatan lain"},
    {"conflict", "keadaan tiket tidak mengizinkan"},
    {"closed", "tiket sudah ditutup; buka lagi dulu"},
    {"clock_ahead", "jam perangkat ini terlalu cepat; setel jamnya"},
    {"too_old", "catatan ini lebih dari 72 jam; buat yang baru"},
    {"too_big", "terlalu panjang; persingkat"},
    {"too_many", "terlalu banyak dalam waktu singkat; tunggu lalu ulangi"},
    {"busy", "hub sedang penuh; ulangi"},
    {"not_stored", "tidak tersimpan; boleh diulang"},
    {"draining", "hub sedang berhenti; ulangi sebentar lagi"},
};

const char *text_refusal(enum lang lang, const char *code, const char *hub_text)
{
    for (size_t i = 0; lang == LANG_ID && i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        if (str_eq(str_of(code), str_of(refusals[i].code)))
            return refusals[i].id;
    }
    return hub_text;
}

struct str text_sev(struct str typed)
{
    for (size_t i = 0; i < 4; i++) { /* the severities stand first in the list */
        if (str_eq(typed, str_of(words[i].pair.in[LANG_ID])))
            return str_of(words[i].wire);
    }
    return typed;
}
