#include "gateway/publisher.h"

#include "gateway/cloudevents.h"
#include "gateway/journal.h"
#include "gateway/raw_reader.h"
#include "gateway/trace.h"
#include "workflows/explain.h"

#include <algorithm>

namespace returns::gateway {
namespace {

constexpr int kAtOnce = 128;      // rows read in one go: callers wait no longer for the lane
constexpr int kOnTheWay = 2'000;  // rows the broker has not confirmed
constexpr int kRejectedAtOnce = 20;

std::int64_t ToNumber(const std::string& text) {
    auto number = Json::Number(text.empty() ? "0" : text).AsInt();
    return number.ok() ? *number : 0;
}

Json MovesJson(const std::vector<workflows::Move>& moves) {
    Json list = Json::Array();
    for (const workflows::Move& move : moves) {
        const bool goods = move.kind == workflows::MachineKind::kReturn;
        list.Append(Json::Object({{"kind", Json::String(goods ? "return" : "refund")},
                                  {"id", Json::Int(move.id)},
                                  {"return_id", Json::String(move.return_id)},
                                  {"from", Json::String(move.from)},
                                  {"to", Json::String(move.to)},
                                  {"because", Json::String(move.trigger)}}));
    }
    return list;
}

}  // namespace

Publisher::Publisher(Engine& engine, Bus* bus, PublisherTopics topics)
    : engine_(engine), bus_(bus), topics_(std::move(topics)) {}

Status Publisher::Recover(Archive& archive) {
    ASSIGN_OR_RETURN(const std::string published, archive.Meta("published"));
    ASSIGN_OR_RETURN(const std::string rejected, archive.Meta("rejected"));
    read_ = acked_ = ToNumber(published);
    rejected_sent_ = ToNumber(rejected);
    return {};
}

bool Publisher::Produce(const std::string& topic, const std::string& key,
                        const std::vector<std::pair<std::string, std::string>>& headers,
                        const std::string& value, Done done) {
    if (bus_ == nullptr) return false;
    if (!bus_->Produce(topic, key, headers, value, next_token_)) {
        ++queue_full_;
        return false;
    }
    waiting_.emplace(next_token_++, std::move(done));
    return true;
}

bool Publisher::Step() {
    if (bus_ == nullptr) return false;
    bool worked = false;
    for (const BusDelivery& delivery : bus_->TakeDeliveries()) {
        auto found = waiting_.find(delivery.token);
        if (found == waiting_.end()) continue;
        const Done done = std::move(found->second);
        waiting_.erase(found);
        undelivered_ += !delivery.delivered;
        done(delivery.delivered);
        worked = true;
    }
    if (engine_.failed()) return worked;
    if (PublishStatus()) worked = true;
    if (PublishRejected()) worked = true;
    return worked;
}

// Sends rows in order and moves the stored cursor over the unbroken run that the broker has. A row
// that goes again goes as it was.
bool Publisher::PublishStatus() {
    bool worked = false;
    while (!outgoing_.empty() && outgoing_.begin()->second.acked) {
        acked_ = outgoing_.begin()->first;
        outgoing_.erase(outgoing_.begin());
        worked = true;
    }
    if (worked) engine_.Note("published", std::to_string(acked_));
    const int room = std::min(kAtOnce, kOnTheWay - static_cast<int>(outgoing_.size()));
    if (room > 0) {
        const auto rows = engine_.archive().Journal(read_, room);
        if (!rows.ok()) return worked;
        for (const JournalRow& row : *rows) {
            outgoing_.emplace(row.seq, Prepare(row));
            read_ = row.seq;
            worked = true;
        }
    }
    for (auto& [seq, outgoing] : outgoing_) {
        if (outgoing.sent || outgoing.acked) continue;
        if (!SendStatus(seq, outgoing)) break;
        worked = true;
    }
    return worked;
}

Publisher::Outgoing Publisher::Prepare(const JournalRow& row) const {
    Outgoing outgoing;
    outgoing.acked = MovesNothing(row.body);
    if (outgoing.acked) return outgoing;
    const auto entry = DecodeHead(row.body);
    const bool past = entry.ok() && entry->source.starts_with(kImportSource);
    if (!entry.ok() || entry->moves.empty() || past) {
        outgoing.acked = true;  // nothing to tell
        return outgoing;
    }
    const auto known = engine_.Read(row.key);
    const std::string return_id = entry->moves.front().return_id;
    Json data = Json::Object({{"shop", Json::String(row.key.shop)},
                              {"order_id", Json::String(row.key.order_id)},
                              {"return_id", Json::String(return_id)},
                              {"event", Json::String(std::string(Facts(entry->type).wire))},
                              {"moves", MovesJson(entry->moves)}});
    if (known.ok() && *known != nullptr && !return_id.empty()) {
        const workflows::Rulebook& book = engine_.book();
        const auto told =
            workflows::Explain(**known, return_id, workflows::Audience::kCustomer, book);
        data.Set("status", Json::String(workflows::StatusWord(**known, return_id, book)));
        data.Set("sentence", Json::String(told.headline));
        data.Set("currency", Json::String((*known)->currency));
    }
    OutgoingEvent event;
    event.id = row.chain;  // unique, and the same however often it is sent
    event.source = "backhaul/" + row.key.shop;
    event.type = "return.status";
    event.subject = row.key.order_id;
    event.time = entry->recorded_at;
    event.data = std::move(data);
    outgoing.key = row.key.shop + "/" + row.key.order_id;
    outgoing.value = EncodeCloudEvent(event);
    outgoing.value.headers.emplace_back("traceparent", MakeTraceparent(row.chain, ""));
    return outgoing;
}

bool Publisher::SendStatus(std::int64_t seq, Outgoing& outgoing) {
    outgoing.sent = Produce(topics_.status, outgoing.key, outgoing.value.headers,
                            outgoing.value.value, [this, seq](bool delivered) {
                                const auto known = outgoing_.find(seq);
                                // It goes again with its elders, or has gone.
                                if (known == outgoing_.end() || !known->second.sent) return;
                                if (delivered) {
                                    known->second.acked = true;
                                    return;
                                }
                                // Not there: everything from this row on goes again.
                                for (auto at = known; at != outgoing_.end(); ++at) {
                                    if (at->second.sent) at->second.sent = at->second.acked = false;
                                }
                            });
    return outgoing.sent;
}

// The same for what could not be read: the stored cursor never passes what the broker lacks.
bool Publisher::PublishRejected() {
    bool worked = false;
    while (!rejected_acks_.empty() && rejected_acks_.begin()->second) {
        engine_.Note("rejected", std::to_string(rejected_acks_.begin()->first));
        rejected_acks_.erase(rejected_acks_.begin());
        worked = true;
    }
    rejected_wait_ = engine_.TakeRejected() || rejected_wait_;
    if (!rejected_wait_) return worked;
    const auto parked = engine_.archive().ParkedAfter(rejected_sent_, kRejectedAtOnce);
    if (!parked.ok()) return worked;
    rejected_wait_ = parked->size() == kRejectedAtOnce;
    for (const ParkedInput& each : *parked) {
        if (each.envelope.empty() && !SendRejected(each)) {
            rejected_wait_ = true;
            return worked;
        }
        rejected_sent_ = each.id;
        worked = true;
    }
    return worked;
}

// The record as it came, and around it why and from where.
bool Publisher::SendRejected(const ParkedInput& parked) {
    const std::int64_t id = parked.id;
    Surroundings around = ReadSurroundings(parked.headers);
    std::size_t size = 0;
    for (const auto& [name, value] : around.headers) size += name.size() + value.size();
    if (size > topics_.whole_bytes_max / 2) around.headers.clear();
    const bool whole =
        size + parked.raw.size() <= topics_.whole_bytes_max && !parked.headers.empty();
    const auto add = [&](const char* name, std::string value) {
        around.headers.emplace_back(name, std::move(value));
    };
    add("backhaul_source", parked.source);
    add("backhaul_source_id", parked.source_id);
    add("backhaul_reason", parked.reason);
    add("backhaul_sha256", parked.digest);
    add("backhaul_bytes", std::to_string(parked.raw.size()));
    add("backhaul_parked", std::to_string(id));
    if (around.tombstone) add("backhaul_tombstone", "true");
    if (!whole && !topics_.link.empty())
        add("backhaul_link", topics_.link + "/v1/parked/" + std::to_string(id));
    rejected_acks_[id] = false;
    const bool queued = Produce(topics_.rejected, around.key.value_or(""), around.headers,
                                whole ? parked.raw : "", [this, id](bool delivered) {
                                    const auto known = rejected_acks_.find(id);
                                    if (known == rejected_acks_.end()) return;
                                    if (delivered) {
                                        known->second = true;
                                        return;
                                    }
                                    rejected_sent_ = std::min(rejected_sent_, id - 1);
                                    rejected_acks_.erase(known, rejected_acks_.end());
                                    rejected_wait_ = true;
                                });
    if (!queued) rejected_acks_.erase(id);
    return queued;
}

}  // namespace returns::gateway
