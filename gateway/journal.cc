#include "gateway/journal.h"

#include "connectors/crypto.h"
#include "schemas/case_text.h"
#include "schemas/json_text.h"

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

void AppendMove(const Move& move, std::string& out) {
    out += "{\"kind\":";
    AppendJsonString(KindName(move.kind), out);
    AppendJsonName("id", out);
    AppendJsonInt(move.id, out);
    const std::pair<std::string_view, const std::string*> texts[] = {{"return_id", &move.return_id},
                                                                     {"from", &move.from},
                                                                     {"to", &move.to},
                                                                     {"trigger", &move.trigger}};
    for (const auto& [name, text] : texts) {
        AppendJsonName(name, out);
        AppendJsonString(*text, out);
    }
    out += '}';
}

// All up to the difference; moves come first: see MovesNothing and DecodeHead.
void AppendHead(const Envelope& event, std::string_view digest, Verdict verdict,
                std::string_view reason, const std::vector<Move>& moves, std::string& out) {
    out += "{\"moves\":[";
    for (const Move& move : moves) {
        if (&move != moves.data()) out += ',';
        AppendMove(move, out);
    }
    out += "],\"event\":";
    AppendEnvelope(event, out);
    AppendJsonName("digest", out);
    AppendJsonString(digest, out);
    AppendJsonName("verdict", out);
    AppendJsonString(kVerdicts[static_cast<std::size_t>(verdict)], out);
    AppendJsonName("reason", out);
    AppendJsonString(reason, out);
    AppendJsonName("diff", out);
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

// The text of the difference in a row's body; "" when there is none.
std::string_view DiffIn(std::string_view body) {
    JsonCursor text(body);
    std::string_view name;
    text.OpenObject();
    while (text.NextMember(name)) {
        const std::string_view value = text.Value();
        if (name == "diff") return value;
    }
    return {};
}

// A row holds a diff of a case that may itself hold whole events: both limits are the store's own.
constexpr JsonLimits kRowLimits = {.bytes_max = 64 << 20, .depth_max = 64};

}  // namespace

std::string EncodeEntry(const JournalEntry& entry) {
    std::string body;
    AppendHead(entry.event, entry.digest, entry.verdict, entry.reason, entry.moves, body);
    AppendJson(entry.diff, body);
    body += '}';
    return body;
}

std::string EncodeEntry(const Envelope& event, std::string_view digest, const Case& before,
                        const workflows::Decision& decision) {
    std::string body;
    body.reserve(1024);
    AppendHead(event, digest, decision.verdict, decision.reason, decision.moves, body);
    AppendDiff(before, decision.after, body);
    body += '}';
    return body;
}

Result<EntryHead> DecodeHead(std::string_view body) {
    EntryHead head;
    JsonCursor text(body);
    std::string_view name;
    const Error ill = Invalid("reading a journal row: it does not begin with moves and event");
    Json moves;
    if (!text.OpenObject() || !text.NextMember(name) || name != "moves" || !text.Tree(moves))
        return ill;
    for (const Json& item : moves.Items()) {
        ASSIGN_OR_RETURN(Move move, DecodeMove(item));
        head.moves.push_back(std::move(move));
    }
    if (!text.NextMember(name) || name != "event" || !text.OpenObject()) return ill;
    std::string word;
    while (text.NextMember(name)) {
        if (name != "type" && name != "source" && name != "occurred_at" && name != "recorded_at") {
            text.Value();
            continue;
        }
        if (!text.String(word)) return ill;
        if (name == "source") head.source = word;
        if (name == "type") {
            const auto type = FindEventType(word);
            if (!type) return Invalid("reading a journal row: type '" + word + "' is not known");
            head.type = *type;
        } else if (name != "source") {
            Instant& at = name == "recorded_at" ? head.recorded_at : head.occurred_at;
            ASSIGN_OR_RETURN(at, ParseInstant(word));
        }
    }
    if (text.failed()) return ill;
    return head;
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
    RETURN_IF_ERROR(ApplyText(subject, DiffIn(row.body)));
    subject.key = row.key;
    subject.seen.push_back({row.fingerprint, row.seq});
    subject.chain = row.chain;
    return {};
}

Status ReplayMoney(Case& subject, std::string_view body) {
    JsonCursor diff(DiffIn(body));
    std::string money = "{";
    std::string_view name;
    diff.OpenObject();
    while (diff.NextMember(name)) {
        const std::string_view value = diff.Value();
        if (name != "legs" && name != "tenders" && name != "currency" && name != "recorded_at")
            continue;
        AppendJsonName(name, money);
        money += value;
    }
    if (diff.failed()) return Invalid("reading a journal row: its change is ill-formed");
    return ApplyText(subject, money + '}');
}

}  // namespace returns::gateway
