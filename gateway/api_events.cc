// POST /v1/events: a shop tells what happened, one event or a batch.
#include "connectors/crypto.h"
#include "gateway/api_core.h"
#include "gateway/cloudevents.h"
#include "gateway/receipt_view.h"
#include "schemas/case_text.h"

namespace returns::gateway {

namespace {

Problem ProblemOfReceipt(const Receipt& receipt) {
    const int status = StatusOf(receipt);
    if (status == 409) {
        return {.status = 409,
                .code = "id_reused",
                .detail =
                    "this id was used before with another body; send a new event under a "
                    "new id, or the very same one again"};
    }
    if (status == 503) {
        return {.status = 503,
                .code = "not_stored",
                .detail = "nothing was stored; send the same again later",
                .retryable = true};
    }
    return {.status = 422, .code = "refused", .detail = receipt.reason};
}

Problem NotAnEvent(const Error& error, std::size_t body, std::int64_t most) {
    if (error.code == Code::kNotFound) return {.status = 415, .detail = error.text};
    if (error.code == Code::kLimit) {
        if (static_cast<std::int64_t>(body) > most) return {.status = 413, .detail = error.text};
        return {.status = 400, .code = "too_deep", .detail = error.text};
    }
    return {.status = 400, .code = "not_an_event", .detail = error.text};
}

Problem WrongEvent(const std::string& text, std::size_t at, std::size_t of) {
    std::string detail = text;
    if (of > 1) {
        detail += " (event " + std::to_string(at + 1) + " of " + std::to_string(of) +
                  "; none of them was taken)";
    }
    return {.status = 422, .code = "invalid_event", .detail = detail};
}

Json Receipts(const ApiInputs& inputs, bool partner) {
    Json list = Json::Array();
    for (const Receipt& receipt : inputs.receipts) {
        Json one = ReceiptJson(receipt, partner);
        one.Set("status", Json::Int(StatusOf(receipt)));
        list.Append(std::move(one));
    }
    return list;
}

}  // namespace

bool Api::Core::AnswerNotTaken(const ApiInputs& inputs) {
    if (inputs.turned_away) {
        const bool failed = parts_.engine.failed();
        AnswerProblem(inputs.call,
                      {.status = failed ? 503 : 429,
                       .code = failed ? "not_stored" : "queue_full",
                       .detail = "not everything was taken; send the same again, what was taken "
                                 "will not be done twice",
                       .retryable = true},
                      failed ? 30 : 1);
        return true;
    }
    for (const Receipt& receipt : inputs.receipts) {
        if (receipt.kind != Receipt::Kind::kFailed) continue;
        AnswerProblem(inputs.call, ProblemOfReceipt(receipt), 30);
        return true;
    }
    return false;
}

void Api::Core::AnswerReceipts(const ApiInputs& inputs, bool partner) {
    if (AnswerNotTaken(inputs)) return;
    // One event has one answer; of several each receipt says its own status.
    if (!partner && inputs.receipts.size() == 1 && StatusOf(inputs.receipts[0]) != 202) {
        AnswerProblem(inputs.call, ProblemOfReceipt(inputs.receipts[0]));
        return;
    }
    AnswerJson(inputs.call, 202, Json::Object({{"receipts", Receipts(inputs, partner)}}));
}

void Api::Core::PostEvents(const ApiCallPtr& call) {
    const std::int64_t most = parts_.settings.limits.body_bytes_max;
    const JsonLimits limits{.bytes_max = static_cast<std::size_t>(most)};
    const std::string& body = call->request.body;
    if (static_cast<std::int64_t>(body.size()) > most) {
        AnswerProblem(call,
                      {.status = 413,
                       .detail = "the body is longer than " + std::to_string(most) + " bytes"});
        return;
    }
    const auto events = ReadCloudEvents(call->request.headers, body, limits);
    if (!events.ok()) {
        AnswerProblem(call, NotAnEvent(events.error(), body.size(), most));
        return;
    }
    std::vector<Input> inputs;
    for (const Json& json : *events) {
        auto event = DecodeCloudEvent(json);
        if (!event.ok()) {
            AnswerProblem(call, WrongEvent(event.error().text, inputs.size(), events->size()));
            return;
        }
        // A person's decision carries that person's name, which a key of a program cannot give.
        if (event->type == EventType::kAction) {
            AnswerProblem(call, WrongEvent("actions are asked for at "
                                           "/v1/returns/{id}/actions/{action}",
                                           inputs.size(), events->size()));
            return;
        }
        event->key.shop = desk_.ShopOf(*call->caller, event->source);
        event->source = "key:" + call->caller->name + ":" + event->source;
        Input input;
        // Before the time is filled in: the same event without one must be the same again.
        input.digest = connectors::Sha256Hex(EnvelopeText(*event));
        input.event = std::move(*event);
        if (input.event.occurred_at == kNoTime) input.event.occurred_at = parts_.clock.Now();
        inputs.push_back(std::move(input));
    }
    SubmitAll(call, std::move(inputs),
              [this](const ApiInputs& all) { AnswerReceipts(all, false); });
}

}  // namespace returns::gateway
