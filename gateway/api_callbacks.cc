// POST /v1/callbacks/{connection}: a partner tells what happened, signed over the bytes as sent.
#include "gateway/api_core.h"

namespace returns::gateway {

using Verdict = CallbackRead::Verdict;

// The same answer for a connection that does not exist, a forged signature and an old one: whoever
// guesses learns nothing. Only our own counters tell them apart.
void Api::Core::AnswerNotVerified(const ApiCallPtr& call) {
    AnswerProblem(call, {.status = 401,
                         .code = "not_verified",
                         .detail = "the signature, key or time of this callback could not be "
                                   "verified"});
}

// What the request brought with it, else read here and now: also where keys were missing, for new
// ones may have come since.
CallbackRead Api::Core::TakeRead(const ApiCallPtr& call) {
    if (parts_.fetched_keys != nullptr) callback_reader_.UseKeys(parts_.fetched_keys->sets());
    const bool lacks_keys = call->read && (call->read->verdict == Verdict::kUnknownKey ||
                                           call->read->verdict == Verdict::kNoKeys);
    CallbackRead read = call->read && !lacks_keys
                            ? std::move(*call->read)
                            : callback_reader_.Read(call->path[2], call->request);
    call->read.reset();
    if (read.caller) call->caller = read.caller;
    return read;
}

void Api::Core::CountRefused(Verdict verdict) {
    switch (verdict) {
        case Verdict::kUnknown:
            ++counters_.callbacks_unknown;
            break;
        case Verdict::kWithoutCertificate:
            ++counters_.callbacks_without_certificate;
            break;
        case Verdict::kForged:
            ++counters_.callbacks_forged;
            break;
        case Verdict::kStale:
            ++counters_.callbacks_stale;
            break;
        case Verdict::kUnknownKey:
            ++counters_.callbacks_unknown_key;
            break;
        case Verdict::kNoKeys:
            ++counters_.callbacks_without_keys;
            break;
        case Verdict::kVerified:
            break;
    }
}

// Not the caller's fault, so it shall send it again.
void Api::Core::AnswerWithoutKeys(const ApiCallPtr& call, int retry_after_s) {
    CountRefused(Verdict::kNoKeys);
    AnswerProblem(call,
                  {.status = 503,
                   .code = "keys_unavailable",
                   .detail = "the keys that this callback is signed with cannot be fetched now; "
                             "send it again later"},
                  retry_after_s);
}

// The partner may have changed its keys since they were fetched: once more, then that counts.
void Api::Core::AwaitKeys(const ApiCallPtr& call, const CallbackRead& read) {
    const auto refuse = [this, call, read] {
        CountRefused(Verdict::kUnknownKey);
        AnswerNotVerified(call);
        NoteRefused(call, read, "unknown_key");
    };
    const auto put_off = [this, call, read](int retry_after_s) {
        AnswerWithoutKeys(call, retry_after_s);
        NoteRefused(call, read, "keys_unavailable");
    };
    if (call->awaited_keys && read.verdict == Verdict::kUnknownKey) return refuse();
    if (call->awaited_keys || parts_.fetched_keys == nullptr) return put_off(1);
    call->awaited_keys = true;
    parts_.fetched_keys->Ask(
        read.connection->settings.name, read.reading.verification.key_id,
        [this, call, refuse, put_off](FetchedKeys::News news, int retry_after_s) {
            if (news == FetchedKeys::News::kFetched) return TakeCallback(call);
            if (news == FetchedKeys::News::kNothingNew) return refuse();
            put_off(retry_after_s);
        });
}

Input Api::Core::CallbackInput(const ApiCallPtr& call, const CallbackRead& read, Envelope event) {
    const ConnectionSettings& settings = read.connection->settings;
    Input input;
    input.event = std::move(event);
    input.event.connection = settings.name;
    input.event.source = "connection:" + settings.name;
    input.event.key.shop = desk_.ShopOf({.shop = settings.shop}, "");
    if (input.event.occurred_at == kNoTime) input.event.occurred_at = parts_.clock.Now();
    input.digest = read.digest;
    input.raw = call->request.body;
    input.headers = read.surroundings;
    return input;
}

// What would be understood. Nothing is kept, and no case is looked at.
void Api::Core::AnswerDryRun(const ApiCallPtr& call, const connectors::CallbackReading& reading) {
    Json events = Json::Array();
    for (const Envelope& event : reading.events) {
        Json told = EncodeEventData(event.type, event.data);
        told.Set("type", Json::String(std::string(Facts(event.type).wire)));
        events.Append(std::move(told));
    }
    Json body = Json::Object({{"dry_run", Json::Bool(true)}, {"id", Json::String(reading.id)}});
    if (reading.test) body.Set("test_key", Json::Bool(true));
    body.Set("events", std::move(events));
    if (!reading.unmapped.empty()) body.Set("not_understood", Json::String(reading.unmapped));
    AnswerJson(call, 200, body);
}

void Api::Core::PostCallback(const ApiCallPtr& call) {
    ++counters_.callbacks;
    const std::int64_t most = parts_.settings.limits.callback_bytes_max;
    if (static_cast<std::int64_t>(call->request.body.size()) > most) {
        AnswerProblem(call,
                      {.status = 413,
                       .detail = "the body is longer than " + std::to_string(most) + " bytes"});
        CallbackRead unread;
        unread.connection = parts_.connections.Find(call->path[2]);
        NoteRefused(call, unread, "too_long");
        return;
    }
    const bool dry_run = call->Query("dry_run") == "true";
    if (!dry_run && call->request.query.find("dry_run") != std::string::npos) {
        AnswerProblem(call,
                      {.status = 400, .detail = "dry_run is true or left out; nothing was done"});
        return;
    }
    TakeCallback(call);
}

void Api::Core::TakeCallback(const ApiCallPtr& call) {
    CallbackRead read = TakeRead(call);
    if (read.verdict == Verdict::kUnknownKey || read.verdict == Verdict::kNoKeys)
        return AwaitKeys(call, read);
    if (read.verdict != Verdict::kVerified) {
        CountRefused(read.verdict);
        AnswerNotVerified(call);
        NoteRefused(call, read);
        return;
    }
    connectors::CallbackReading& reading = read.reading;
    const bool trial = call->Query("dry_run") == "true" || reading.test;
    counters_.callback_trials += trial;
    if (read.connection->connector->manifest().callbacks->mapping == "identity")
        return TakeOwnForm(call, std::move(read), trial);
    if (trial) return AnswerDryRun(call, reading);
    NoteCodes(*read.connection, reading);
    if (parts_.keep != nullptr)
        parts_.keep->Keep(read.connection->settings.name, reading.id, parts_.clock.Now(),
                          read.surroundings, call->request.body);
    std::vector<Input> inputs;
    for (Envelope& event : reading.events) {
        inputs.push_back(CallbackInput(call, read, std::move(event)));
    }
    if (!reading.unmapped.empty()) {
        ++counters_.callbacks_unmapped;
        Envelope event;
        event.source_id = reading.id;
        inputs.push_back(CallbackInput(call, read, std::move(event)));
        inputs.back().unmapped = reading.unmapped;
    }
    reading.events.clear();
    SubmitAll(call, std::move(inputs), [this, read = std::move(read)](const ApiInputs& all) {
        for (const Receipt& receipt : all.receipts) {
            if (receipt.repeated) ++counters_.callbacks_repeated;
            const bool moved = receipt.kind == Receipt::Kind::kDecided && !receipt.repeated &&
                               receipt.verdict == workflows::Verdict::kMoved;
            if (moved) ++counters_.callbacks_moved[read.connection->settings.name];
        }
        AnswerReceipts(all, true);
        NoteReceipts(all, read);
    });
}

}  // namespace returns::gateway
