#include "gateway/journal.h"

#include "connectors/crypto.h"

#include <array>

namespace returns::gateway {
namespace {

using workflows::MachineKind;
using workflows::Move;
using workflows::Verdict;

// As stored: these words outlive any wording elsewhere.
constexpr std::array<std::string_view, 5> kVerdicts = {"moved", "ignored", "refused", "held",
                                                       "quarantined"};

std::string_view KindName(MachineKind kind) {
    return kind == MachineKind::kReturn ? "return" : "refund";
}

Json EncodeMove(const Move& move) {
    return Json::Object({{"kind", Json::String(std::string(KindName(move.kind)))},
                         {"id", Json::Int(move.id)},
                         {"return_id", Json::String(move.return_id)},
                         {"from", Json::String(move.from)},
                         {"to", Json::String(move.to)},
                         {"trigger", Json::String(move.trigger)}});
}

Result<Move> DecodeMove(const Json& value) {
    Move move;
    const std::string& kind = value["kind"].AsString();
    if (kind != KindName(MachineKind::kReturn) && kind != KindName(MachineKind::kRefund)) {
        return Invalid("reading a journal row: no machine is called '" + kind + "'");
    }
    move.kind =
        kind == KindName(MachineKind::kReturn) ? MachineKind::kReturn : MachineKind::kRefund;
    ASSIGN_OR_RETURN(move.id, value["id"].AsInt());
    move.return_id = value["return_id"].AsString();
    move.from = value["from"].AsString();
    move.to = value["to"].AsString();
    move.trigger = value["trigger"].AsString();
    return move;
}

Result<Verdict> FindVerdict(const std::string& name) {
    for (std::size_t at = 0; at < kVerdicts.size(); ++at) {
        if (kVerdicts[at] == name) return static_cast<Verdict>(at);
    }
    return Invalid("reading a journal row: no verdict is called '" + name + "'");
}

// A row holds a diff of a case that may itself hold whole events: both limits are the store's own.
constexpr JsonLimits kRowLimits = {.bytes_max = 64 << 20, .depth_max = 64};

}  // namespace

std::string EncodeEntry(const JournalEntry& entry) {
    const auto verdict = kVerdicts[static_cast<std::size_t>(entry.verdict)];
    Json moves = Json::Array();
    for (const Move& move : entry.moves) moves.Append(EncodeMove(move));
    // Moves come first: see MovesNothing.
    return WriteJson(Json::Object({{"moves", std::move(moves)},
                                   {"event", EncodeEnvelope(entry.event)},
                                   {"digest", Json::String(entry.digest)},
                                   {"verdict", Json::String(std::string(verdict))},
                                   {"reason", Json::String(entry.reason)},
                                   {"diff", entry.diff}}));
}

bool MovesNothing(const std::string& body) { return body.starts_with("{\"moves\":[],"); }

Result<JournalEntry> DecodeEntry(const std::string& body) {
    ASSIGN_OR_RETURN(Json value, ParseJson(body, kRowLimits));
    JournalEntry entry;
    ASSIGN_OR_RETURN(entry.event, DecodeEnvelope(value["event"]));
    entry.digest = value["digest"].AsString();
    ASSIGN_OR_RETURN(entry.verdict, FindVerdict(value["verdict"].AsString()));
    entry.reason = value["reason"].AsString();
    for (const Json& item : value["moves"].Items()) {
        ASSIGN_OR_RETURN(Move move, DecodeMove(item));
        entry.moves.push_back(std::move(move));
    }
    entry.diff = value.Take("diff");
    return entry;
}

std::string NextChain(const std::string& previous, const std::string& body) {
    return connectors::Sha256Hex(previous + body);
}

std::uint64_t Fingerprint(const std::string& source, const std::string& source_id) {
    std::string both = source;
    both += '\0';
    both += source_id;
    const std::string digest = connectors::Sha256(both);
    std::uint64_t value = 0;
    for (int at = 0; at < 8; ++at) {
        value = value << 8 | static_cast<unsigned char>(digest[static_cast<std::size_t>(at)]);
    }
    return value;
}

Status Replay(Case& subject, const JournalRow& row) {
    if (NextChain(subject.chain, row.body) != row.chain) {
        return Error{Code::kInternal, "replaying journal row " + std::to_string(row.seq) +
                                          ": it does not follow its case's chain"};
    }
    ASSIGN_OR_RETURN(const Json value, ParseJson(row.body, kRowLimits));
    RETURN_IF_ERROR(Apply(subject, value["diff"]));
    subject.key = row.key;
    subject.seen.push_back({row.fingerprint, row.seq});
    subject.chain = row.chain;
    return {};
}

}  // namespace returns::gateway
