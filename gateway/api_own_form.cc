// Callbacks in our own form (logistics/standard): what is wrong is answered, not parked, and each
// message of a batch has a receipt of its own.
#include "connectors/crypto.h"
#include "gateway/api_core.h"
#include "gateway/receipt_view.h"
#include "gateway/trace.h"

#include <algorithm>

namespace returns::gateway {
namespace {

using connectors::FieldFault;
using connectors::OwnMessage;

// What its sender has to know: taken, told before, kept until its return is known, or wrong.
std::string_view OutcomeOf(const Receipt& receipt) {
    if (receipt.kind == Receipt::Kind::kConflict) return "refused";
    if (receipt.kind == Receipt::Kind::kParked) return "parked";
    if (receipt.repeated) return "repeated";
    return receipt.verdict == workflows::Verdict::kRefused ? "refused" : "accepted";
}

Json Begin(const OwnMessage& message, std::size_t index, std::string_view outcome, int status) {
    Json receipt = Json::Object();
    receipt.Set("index", Json::Int(static_cast<std::int64_t>(index)));
    if (!message.id.empty()) receipt.Set("id", Json::String(message.id));
    receipt.Set("outcome", Json::String(std::string(outcome)));
    receipt.Set("status", Json::Int(status));
    return receipt;
}

// Pointer, reason and, where there are any, the words that may stand there.
void Describe(const FieldFault& fault, Json& out) {
    out.Set("pointer", Json::String(fault.pointer));
    out.Set("reason", Json::String(fault.what));
    if (!fault.nearest.empty()) out.Set("nearest", Json::String(fault.nearest));
    if (fault.allowed.empty()) return;
    Json allowed = Json::Array();
    for (const std::string& word : fault.allowed) allowed.Append(Json::String(word));
    out.Set("allowed", std::move(allowed));
}

Json Refused(const OwnMessage& message, std::size_t index) {
    Json receipt = Begin(message, index, "refused", 422);
    Describe(*message.fault, receipt);
    return receipt;
}

Json Taken(const OwnMessage& message, std::size_t index, const Receipt& what) {
    Json receipt = Begin(message, index, OutcomeOf(what), StatusOf(what));
    const Json all = ReceiptJson(what, true);
    for (const auto& [name, value] : all.Members()) receipt.Set(name, value);
    if (what.kind == Receipt::Kind::kConflict)
        Describe({"/id", "this id was used before with another body", {}, ""}, receipt);
    return receipt;
}

// `taken`: of the messages without a fault, in their order.
Json ReceiptsOf(const std::vector<OwnMessage>& messages, const std::vector<Receipt>& taken) {
    Json receipts = Json::Array();
    auto next = taken.begin();
    for (std::size_t at = 0; at < messages.size(); ++at)
        receipts.Append(messages[at].fault ? Refused(messages[at], at)
                                           : Taken(messages[at], at, *next++));
    return Json::Object({{"receipts", std::move(receipts)}});
}

// No case is looked at: whether its return is known here is not told.
Json TrialAnswer(const connectors::CallbackReading& reading) {
    Json receipts = Json::Array();
    auto event = reading.events.begin();
    for (std::size_t at = 0; at < reading.messages.size(); ++at) {
        const OwnMessage& message = reading.messages[at];
        if (message.fault) {
            receipts.Append(Refused(message, at));
            continue;
        }
        Json receipt = Begin(message, at, "understood", 200);
        receipt.Set("type", Json::String(std::string(Facts(event->type).wire)));
        receipt.Set("occurred_at", Json::String(FormatInstant(event->occurred_at)));
        if (!event->key.order_id.empty())
            receipt.Set("order_id", Json::String(event->key.order_id));
        receipt.Set("data", EncodeEventData(event->type, event->data));
        receipts.Append(std::move(receipt));
        ++event;
    }
    return Json::Object({{"dry_run", Json::Bool(true)},
                         {"test_key", Json::Bool(reading.test)},
                         {"effect", Json::String("none")},
                         {"receipts", std::move(receipts)}});
}

// Messages in one body at most: the connection's own setting, else the connector's.
std::int64_t BatchMax(const Connection& connection) {
    constexpr std::int64_t kMost = 1000;
    const Json* own = connection.settings.settings.Find("batch_max");
    const auto& settings = connection.connector->manifest().settings;
    const auto declared = settings.find("batch_max");
    const auto most = own != nullptr               ? own->AsInt()
                      : declared == settings.end() ? Result<std::int64_t>(1)
                                                   : declared->second.fallback.AsInt();
    return most.ok() ? std::clamp<std::int64_t>(*most, 1, kMost) : 1;
}

// The problem of one message alone, with the member that is wrong.
DoorReply FaultReply(const FieldFault& fault, const std::string& trace_id) {
    DoorReply reply = ProblemReply(
        {.status = 422, .code = "invalid_message", .detail = fault.Text(), .trace_id = trace_id});
    Json body = ParseJson(reply.body).value();
    Json error = Json::Object();
    Describe(fault, error);
    body.Set("errors", Json::Array({std::move(error)}));
    reply.body = WriteJson(body);
    return reply;
}

}  // namespace

void Api::Core::TakeOwnForm(const ApiCallPtr& call, CallbackRead read, bool trial) {
    connectors::CallbackReading& reading = read.reading;
    if (!reading.unmapped.empty()) {
        ++counters_.own_unreadable;
        AnswerProblem(call, {.status = 400, .code = "not_a_message", .detail = reading.unmapped});
        return NoteRefused(call, read, "not_a_message");
    }
    // More than the lane ever has room for could never be taken.
    const Connection& connection = *read.connection;
    const auto most = std::min(BatchMax(connection), parts_.settings.limits.lane_queue_max);
    if (static_cast<std::int64_t>(reading.messages.size()) > most) {
        ++counters_.own_too_many;
        AnswerProblem(call, {.status = 413,
                             .code = "too_many_messages",
                             .detail = std::to_string(reading.messages.size()) +
                                       " messages at once; send at most " + std::to_string(most) +
                                       ", none was taken"});
        return NoteRefused(call, read, "too_many_messages");
    }
    for (const OwnMessage& message : reading.messages)
        counters_.own_faults += message.fault.has_value();
    if (!reading.batch && reading.messages.front().fault) {
        ++counters_.problems;
        Answer(call, FaultReply(*reading.messages.front().fault, TraceId(call->traceparent)));
        return NoteRefused(call, read, "invalid_message");
    }
    if (trial) return AnswerJson(call, 200, TrialAnswer(reading));
    NoteCodes(connection, reading);
    std::vector<Input> inputs;
    auto event = reading.events.begin();
    for (const OwnMessage& message : reading.messages) {
        if (message.fault) continue;
        inputs.push_back(CallbackInput(call, read, std::move(*event++)));
        // The message, not what it came in: it is the same in another batch, and alone.
        inputs.back().digest = connectors::Sha256Hex(message.text);
        inputs.back().raw = message.text;
    }
    reading.events.clear();
    SubmitAll(call, std::move(inputs), [this, read = std::move(read)](const ApiInputs& all) {
        if (AnswerNotTaken(all)) return;
        for (const Receipt& receipt : all.receipts)
            counters_.callbacks_repeated +=
                receipt.repeated && receipt.kind != Receipt::Kind::kConflict;
        AnswerJson(all.call, 202, ReceiptsOf(read.reading.messages, all.receipts));
        NoteReceipts(all, read);
    });
}

}  // namespace returns::gateway
