// Reading: cases, look-ups, due cases and the archive.
#include "connectors/crypto.h"
#include "gateway/journal.h"
#include "gateway/sqlite_store.h"
#include "gateway/sqlite_store_rows.h"
#include "schemas/case_text.h"

#include <unordered_set>

namespace returns::gateway {
namespace {

constexpr char kParkedColumns[] =
    "SELECT p.id, p.source, p.source_id, p.reason, p.envelope, p.raw, p.digest, p.parked_at, "
    "p.headers ";

ParkedInput ParkedAt(const SqliteStatement& row) {
    ParkedInput input;
    input.id = row.IntAt(0);
    input.source = row.TextAt(1);
    input.source_id = row.TextAt(2);
    input.reason = row.TextAt(3);
    input.envelope = row.TextAt(4);
    input.raw = row.TextAt(5);
    input.digest = row.TextAt(6);
    input.parked_at = InstantOf(row.IntAt(7));
    input.headers = row.TextAt(8);
    return input;
}

// Every row of a bound statement, through `read`.
template <class T, class Read>
Result<std::vector<T>> All(SqliteStatement& rows, Read read) {
    std::vector<T> all;
    ASSIGN_OR_RETURN(bool row, rows.Next());
    while (row) {
        all.push_back(read(rows));
        ASSIGN_OR_RETURN(row, rows.Next());
    }
    return all;
}

}  // namespace

Status SqliteStore::PrepareAll() {
    const std::string journal =
        "SELECT j.seq, c.shop, c.order_id, j.fingerprint, j.chain, j.body "
        "FROM journal j JOIN cases c ON c.id = j.case_id ";
    const std::string parked = kParkedColumns;
    const std::pair<SqliteStatement*, std::string> all[] = {
        {&sql_.begin, "BEGIN IMMEDIATE"},
        {&sql_.case_insert,
         "INSERT INTO cases (id, hash, version, seq, wake_at, shop, order_id) "
         "VALUES (?1, ?2, 0, 0, ?3, ?4, ?5)"},
        {&sql_.case_key, "SELECT shop, order_id FROM cases WHERE id = ?1"},
        {&sql_.case_saved,
         "UPDATE cases SET version = ?1, seq = ?2, wake_at = ?3, watched = ?4 WHERE id = ?5"},
        {&sql_.snapshot_put, "INSERT OR REPLACE INTO snapshots VALUES (?1, ?2)"},
        {&sql_.snapshot_get, "SELECT body FROM snapshots WHERE case_id = ?1"},
        {&sql_.journal_insert, "INSERT INTO journal VALUES (?1, ?2, ?3, ?4, ?5)"},
        {&sql_.journal_get, journal + "WHERE j.seq = ?1"},
        {&sql_.journal_after, journal + "WHERE j.seq > ?1 ORDER BY j.seq LIMIT ?2"},
        {&sql_.journal_of, journal + "WHERE j.seq >= ?1 AND j.case_id = ?2 ORDER BY j.seq"},
        {&sql_.anchor_insert, "INSERT INTO anchors VALUES (?1, ?2)"},
        {&sql_.anchors_after, "SELECT seq, head FROM anchors WHERE seq > ?1 ORDER BY seq LIMIT ?2"},
        {&sql_.lookup_insert, "INSERT INTO lookups VALUES (?1, ?2, ?3, ?4, ?5, ?6)"},
        {&sql_.lookup_get, "SELECT case_id, kind, scope, value FROM lookups WHERE id = ?1"},
        {&sql_.outbox_insert, "INSERT INTO outbox VALUES (?1, ?2, ?3, ?4)"},
        {&sql_.outbox_update, "UPDATE outbox SET body = ?1 WHERE id = ?2"},
        {&sql_.outbox_delete, "DELETE FROM outbox WHERE id = ?1"},
        {&sql_.parked_insert,
         "INSERT INTO parked (source, source_id, reason, envelope, raw, digest, parked_at, "
         "headers) "
         "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (source, source_id, digest) DO "
         "NOTHING "
         "RETURNING id"},
        {&sql_.parked_lookup, "INSERT OR IGNORE INTO parked_lookups VALUES (?1, ?2, ?3, ?4)"},
        {&sql_.parked_delete, "DELETE FROM parked WHERE id = ?1 RETURNING id"},
        {&sql_.parked_forget, "UPDATE parked SET raw = x'', headers = '' WHERE id = ?1"},
        {&sql_.parked_after, parked + "FROM parked p WHERE p.id > ?1 ORDER BY p.id LIMIT ?2"},
        {&sql_.raw_before,
         "SELECT id FROM parked WHERE headers <> '' AND parked_at < ?1 ORDER BY parked_at, id "
         "LIMIT ?2"},
        {&sql_.parked_first, parked + "FROM parked p ORDER BY p.id LIMIT ?1"},
        {&sql_.parked_by_key, parked +
                                  "FROM parked_lookups l JOIN parked p ON p.id = l.parked_id WHERE "
                                  "l.kind = ?1 AND l.scope = ?2 AND l.value = ?3 "
                                  "ORDER BY p.id LIMIT ?4"},
        {&sql_.offset_put,
         "INSERT INTO topic_offsets VALUES (?1, ?2, ?3) ON CONFLICT (topic, partition) "
         "DO UPDATE SET next = max(next, excluded.next)"},
        {&sql_.offset_move, "INSERT OR REPLACE INTO topic_offsets VALUES (?1, ?2, ?3)"},
        {&sql_.personal_put, "INSERT OR REPLACE INTO personal VALUES (?1, ?2, ?3, ?4, ?5)"},
        {&sql_.personal_get, "SELECT name, mail, phone, salt FROM personal WHERE case_id = ?1"},
        {&sql_.meta_put, "INSERT OR REPLACE INTO meta VALUES (?1, ?2)"},
        {&sql_.meta_drop, "DELETE FROM meta WHERE name = ?1"},
        {&sql_.meta_get, "SELECT value FROM meta WHERE name = ?1"},
        {&sql_.switch_insert,
         "INSERT INTO switches (connection, what, value_before, value_after, who, reason, "
         "settings_mode, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"},
        {&sql_.switches_after,
         "SELECT id, connection, what, value_before, value_after, who, reason, settings_mode, at "
         "FROM switches WHERE id > ?1 ORDER BY id LIMIT ?2"},
    };
    for (const auto& [statement, text] : all) {
        ASSIGN_OR_RETURN(*statement, db_.Prepare(text));
    }
    return {};
}

Result<std::int64_t> SqliteStore::IdOf(const CaseKey& key) {
    Recent& recent = recent_[CaseKeyHash()(key) % recent_.size()];
    if (recent.id != 0 && recent.key == key) return recent.id;
    for (const std::int64_t id : cases_.Find(HashOf(key))) {
        ASSIGN_OR_RETURN(const auto found, KeyOf(id));
        if (found != key) continue;
        recent = {key, id};
        return id;
    }
    return 0;
}

Result<std::optional<CaseKey>> SqliteStore::KeyOf(std::int64_t id) {
    ASSIGN_OR_RETURN(const bool row, sql_.case_key.Int(id).Next());
    if (!row) return std::optional<CaseKey>();
    CaseKey key{sql_.case_key.TextAt(0), sql_.case_key.TextAt(1)};
    sql_.case_key.Reset();
    return std::optional<CaseKey>(std::move(key));
}

Result<std::optional<Case>> SqliteStore::LoadSnapshot(std::int64_t id) {
    ASSIGN_OR_RETURN(const bool row, sql_.snapshot_get.Int(id).Next());
    if (!row) return std::optional<Case>();
    Result<Case> subject = ReadCase(sql_.snapshot_get.BytesAt(0));
    sql_.snapshot_get.Reset();
    if (!subject.ok()) return subject.error();
    return std::optional<Case>(std::move(*subject));
}

// A snapshot says itself whose it is, so that the case's row need not be looked at.
Result<std::optional<Case>> SqliteStore::LoadSaved(const CaseKey& key) {
    for (const std::int64_t id : cases_.Find(HashOf(key))) {
        if (known_[static_cast<std::size_t>(id)].first_unsaved != 0) continue;
        ASSIGN_OR_RETURN(std::optional<Case> loaded, LoadSnapshot(id));
        if (!loaded || loaded->key != key) continue;
        recent_[CaseKeyHash()(key) % recent_.size()] = {key, id};
        return loaded;
    }
    return std::optional<Case>();
}

Result<std::optional<Case>> SqliteStore::Load(const CaseKey& key) {
    auto loaded = LoadSaved(key);
    if (!loaded.ok()) return Reading(loaded.error());
    if (loaded->has_value()) return loaded;
    auto id = IdOf(key);
    if (!id.ok()) return Reading(id.error());
    if (*id == 0) return std::optional<Case>();
    loaded = LoadSnapshot(*id);
    if (!loaded.ok()) return Reading(loaded.error());
    const std::int64_t from = known_[static_cast<std::size_t>(*id)].first_unsaved;
    auto rows = All<JournalRow>(sql_.journal_of.Int(from).Int(*id),
                                [](auto& row) { return JournalRowAt(row, 0); });
    if (!rows.ok()) return Reading(rows.error());
    Case subject = std::move(*loaded).value_or(Case());
    for (const JournalRow& row : *rows) {
        const Status replayed = Replay(subject, row);
        if (!replayed.ok()) return Reading(replayed.error());
    }
    return std::optional<Case>(std::move(subject));
}

// Of a value that very many cases share, the newest rows alone are looked at: a row more is
// harmless, and places nothing, since the value fits more than one case.
Result<bool> SqliteStore::HasLookup(const Lookup& lookup, std::uint64_t hash,
                                    std::int64_t case_id) {
    constexpr std::size_t kLookedAt = 64;
    const std::vector<std::int64_t> ids = lookups_.Find(hash);
    const std::size_t first = ids.size() > kLookedAt ? ids.size() - kLookedAt : 0;
    for (std::size_t at = first; at < ids.size(); ++at) {
        ASSIGN_OR_RETURN(const bool row, sql_.lookup_get.Int(ids[at]).Next());
        if (!row) continue;
        const auto& get = sql_.lookup_get;
        const bool same = get.IntAt(0) == case_id &&
                          get.IntAt(1) == static_cast<std::int64_t>(lookup.kind) &&
                          get.BytesAt(2) == lookup.scope && get.BytesAt(3) == lookup.value;
        sql_.lookup_get.Reset();
        if (same) return true;
    }
    return false;
}

Result<std::vector<CaseKey>> SqliteStore::Find(const Lookup& lookup) {
    std::vector<CaseKey> found;
    std::unordered_set<std::int64_t> cases;
    for (const std::int64_t id : lookups_.Find(HashOf(lookup))) {
        auto row = sql_.lookup_get.Int(id).Next();
        if (!row.ok()) return Reading(row.error());
        if (!*row) continue;
        const auto& get = sql_.lookup_get;
        const bool same = get.IntAt(1) == static_cast<std::int64_t>(lookup.kind) &&
                          get.BytesAt(2) == lookup.scope && get.BytesAt(3) == lookup.value;
        const std::int64_t case_id = get.IntAt(0);
        sql_.lookup_get.Reset();
        if (!same || !cases.insert(case_id).second) continue;
        auto key = KeyOf(case_id);
        if (!key.ok()) return Reading(key.error());
        if (key->has_value()) found.push_back(std::move(**key));
    }
    return found;
}

Result<std::vector<CaseKey>> SqliteStore::Due(Instant now, int n) {
    std::vector<CaseKey> due;
    for (const std::int64_t id : wakes_.Due(now, n)) {
        auto key = KeyOf(id);
        if (!key.ok()) return Reading(key.error());
        if (key->has_value()) due.push_back(std::move(**key));
    }
    return due;
}

Result<std::optional<JournalRow>> SqliteStore::Row(std::int64_t seq) {
    auto row = sql_.journal_get.Int(seq).Next();
    if (!row.ok()) return Reading(row.error());
    if (!*row) return std::optional<JournalRow>();
    JournalRow found = JournalRowAt(sql_.journal_get, 0);
    sql_.journal_get.Reset();
    return std::optional<JournalRow>(std::move(found));
}

Result<std::vector<JournalRow>> SqliteStore::Journal(std::int64_t after_seq, int n) {
    auto rows = All<JournalRow>(sql_.journal_after.Int(after_seq).Int(n),
                                [](auto& row) { return JournalRowAt(row, 0); });
    if (!rows.ok()) return Reading(rows.error());
    return rows;
}

Result<std::vector<OutboxRow>> SqliteStore::Outbox() {
    auto statement = db_.Prepare(
        "SELECT c.shop, c.order_id, o.body FROM outbox o JOIN cases c ON c.id = o.case_id "
        "ORDER BY o.id");
    if (!statement.ok()) return Reading(statement.error());
    std::vector<OutboxRow> outbox;
    auto row = statement->Next();
    while (row.ok() && *row) {
        auto command = DecodeOutboxBody(statement->TextAt(2));
        if (!command.ok()) return Reading(command.error());
        outbox.push_back({{statement->TextAt(0), statement->TextAt(1)}, std::move(*command)});
        row = statement->Next();
    }
    if (!row.ok()) return Reading(row.error());
    return outbox;
}

Result<std::vector<ParkedInput>> SqliteStore::Parked(const std::optional<Lookup>& key, int n) {
    SqliteStatement& query = key.has_value() ? sql_.parked_by_key : sql_.parked_first;
    if (parked_ == 0) return std::vector<ParkedInput>();
    if (key.has_value()) {
        query.Int(static_cast<std::int64_t>(key->kind)).Text(key->scope).Text(key->value);
    }
    auto parked = All<ParkedInput>(query.Int(n), ParkedAt);
    if (!parked.ok()) return Reading(parked.error());
    RETURN_IF_ERROR(AddLookups(*parked));
    return parked;
}

Result<std::vector<ParkedInput>> SqliteStore::ParkedAfter(std::int64_t id, int n) {
    auto parked = All<ParkedInput>(sql_.parked_after.Int(id).Int(n), ParkedAt);
    if (!parked.ok()) return Reading(parked.error());
    RETURN_IF_ERROR(AddLookups(*parked));
    return parked;
}

Status SqliteStore::AddLookups(std::vector<ParkedInput>& parked) {
    if (parked.empty()) return {};
    auto lookups = db_.Prepare(
        "SELECT kind, scope, value FROM parked_lookups "
        "WHERE parked_id = ?1 ORDER BY kind, scope, value");
    if (!lookups.ok()) return Reading(lookups.error());
    for (ParkedInput& input : parked) {
        auto found = All<Lookup>(lookups->Int(input.id), [](auto& row) {
            return Lookup{static_cast<LookupKind>(row.IntAt(0)), row.TextAt(1), row.TextAt(2)};
        });
        if (!found.ok()) return Reading(found.error());
        input.lookups = std::move(*found);
    }
    return {};
}

Result<std::vector<std::int64_t>> SqliteStore::RawBefore(Instant parked_before, int n) {
    auto ids = All<std::int64_t>(sql_.raw_before.Int(Stored(parked_before)).Int(n),
                                 [](auto& row) { return row.IntAt(0); });
    if (!ids.ok()) return Reading(ids.error());
    return ids;
}

Result<std::vector<TopicOffset>> SqliteStore::Offsets() {
    auto rows = db_.Prepare(
        "SELECT topic, partition, next FROM topic_offsets "
        "ORDER BY topic, partition");
    if (!rows.ok()) return Reading(rows.error());
    auto offsets = All<TopicOffset>(*rows, [](auto& row) {
        return TopicOffset{row.TextAt(0), static_cast<std::int32_t>(row.IntAt(1)), row.IntAt(2)};
    });
    if (!offsets.ok()) return Reading(offsets.error());
    return offsets;
}

Result<std::string> SqliteStore::Meta(const std::string& name) {
    auto row = sql_.meta_get.Text(name).Next();
    if (!row.ok()) return Reading(row.error());
    if (!*row) return std::string();
    std::string value = sql_.meta_get.TextAt(0);
    sql_.meta_get.Reset();
    return value;
}

Result<std::vector<SwitchRow>> SqliteStore::Switches(std::int64_t after_id, int n) {
    auto rows = All<SwitchRow>(sql_.switches_after.Int(after_id).Int(n), [](auto& row) {
        return SwitchRow{row.IntAt(0),  row.TextAt(1), row.TextAt(2),
                         row.TextAt(3), row.TextAt(4), row.TextAt(5),
                         row.TextAt(6), row.TextAt(7), Instant(Millis(row.IntAt(8)))};
    });
    if (!rows.ok()) return Reading(rows.error());
    return rows;
}

Result<std::optional<Personal>> SqliteStore::PersonalOf(const CaseKey& key) {
    auto id = IdOf(key);
    if (!id.ok()) return Reading(id.error());
    auto row = sql_.personal_get.Int(*id).Next();
    if (!row.ok()) return Reading(row.error());
    if (!*row) return std::optional<Personal>();
    const auto& get = sql_.personal_get;
    Personal found{key, get.TextAt(0), get.TextAt(1), get.TextAt(2), get.TextAt(3)};
    sql_.personal_get.Reset();
    return std::optional<Personal>(std::move(found));
}

Result<std::vector<Anchor>> SqliteStore::Anchors(std::int64_t after_seq, int n) {
    auto anchors = All<Anchor>(sql_.anchors_after.Int(after_seq).Int(n), [](auto& row) {
        return Anchor{row.IntAt(0), connectors::EncodeHex(row.BytesAt(1))};
    });
    if (!anchors.ok()) return Reading(anchors.error());
    return anchors;
}

Result<KeysPage> SqliteStore::Stalled(std::int64_t after, int n) {
    auto query = db_.Prepare(
        "SELECT shop, order_id FROM cases WHERE id > ?1 AND id <= ?2 AND watched = 1 ORDER BY id");
    if (!query.ok()) return Reading(query.error());
    return KeysBetween(*query, after, n);
}

Result<KeysPage> SqliteStore::Cases(std::int64_t after, int n) {
    auto query =
        db_.Prepare("SELECT shop, order_id FROM cases WHERE id > ?1 AND id <= ?2 ORDER BY id");
    if (!query.ok()) return Reading(query.error());
    return KeysBetween(*query, after, n);
}

Result<KeysPage> SqliteStore::KeysBetween(SqliteStatement& query, std::int64_t after, int n) {
    auto keys = All<CaseKey>(query.Int(after).Int(after + n), [](auto& row) {
        return CaseKey{row.TextAt(0), row.TextAt(1)};
    });
    if (!keys.ok()) return Reading(keys.error());
    return KeysPage{std::move(*keys), after + n < last_case_ ? after + n : 0};
}

}  // namespace returns::gateway
