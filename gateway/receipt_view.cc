#include "gateway/receipt_view.h"

#include <string>
#include <string_view>

namespace returns::gateway {

Json ReceiptJson(const Receipt& receipt, bool partner) {
    constexpr std::string_view kKinds[] = {"decided", "parked", "conflict", "failed", "stale"};
    const auto text = [](const std::string& value) { return Json::String(value); };
    Json json = Json::Object();
    json.Set("kind", text(std::string(kKinds[static_cast<std::size_t>(receipt.kind)])));
    json.Set("repeated", Json::Bool(receipt.repeated));
    if (receipt.kind == Receipt::Kind::kDecided) {
        json.Set("verdict", text(std::string(workflows::Name(receipt.verdict))));
    }
    if (!receipt.reason.empty()) json.Set("reason", text(receipt.reason));
    if (!receipt.type.empty()) json.Set("type", text(receipt.type));
    if (!receipt.key.order_id.empty()) {
        json.Set("shop", text(receipt.key.shop));
        json.Set("order_id", text(receipt.key.order_id));
    }
    if (!receipt.return_id.empty()) json.Set("return_id", text(receipt.return_id));
    Json moves = Json::Array();
    for (const workflows::Move& move : receipt.moves) {
        const bool goods = move.kind == workflows::MachineKind::kReturn;
        if (partner && !goods) continue;
        moves.Append(Json::Object({{"kind", text(goods ? "return" : "refund")},
                                   {"id", Json::Int(move.id)},
                                   {"return_id", text(move.return_id)},
                                   {"from", text(move.from)},
                                   {"to", text(move.to)},
                                   {"trigger", text(move.trigger)}}));
    }
    json.Set("moves", std::move(moves));
    if (receipt.seq != 0) json.Set("journal", Json::Int(receipt.seq));
    return json;
}

int StatusOf(const Receipt& receipt) {
    switch (receipt.kind) {
        case Receipt::Kind::kConflict:
            return 409;
        case Receipt::Kind::kFailed:
            return 503;
        case Receipt::Kind::kParked:
            return 202;
        case Receipt::Kind::kStale:  // asked for by wishes only
            return 412;
        case Receipt::Kind::kDecided:
            break;
    }
    return receipt.verdict == workflows::Verdict::kRefused ? 422 : 202;
}

Receipt StoredReceipt(const JournalEntry& entry, std::int64_t seq) {
    Receipt receipt;
    receipt.kind = Receipt::Kind::kDecided;
    receipt.verdict = entry.verdict;
    receipt.reason = entry.reason;
    receipt.key = entry.event.key;
    receipt.type = Facts(entry.event.type).wire;
    receipt.return_id = entry.event.data.return_id;
    receipt.moves = entry.moves;
    receipt.seq = seq;
    return receipt;
}

}  // namespace returns::gateway
