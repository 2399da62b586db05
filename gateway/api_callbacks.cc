// POST /v1/callbacks/{connection}: a partner tells what happened, signed over the bytes as sent.
#include "connectors/crypto.h"
#include "gateway/api_core.h"
#include "gateway/raw_reader.h"

namespace returns::gateway {
namespace {

using connectors::CallbackReading;
using SignatureVerdict = connectors::Verdict;

// The address as registered with the partner, never built from what the request calls itself.
std::string RegisteredUrl(const std::string& public_url, const std::string& path) {
    std::string url = public_url;
    while (url.ends_with('/')) url.pop_back();
    return url + path;
}

// What proves who is calling is not kept.
connectors::HttpHeaders WithoutKeys(connectors::HttpHeaders headers) {
    std::erase_if(headers, [](const auto& header) {
        std::string name = header.first;
        for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
        return name == "authorization" || name == "proxy-authorization" || name == "cookie";
    });
    return headers;
}

}  // namespace

// The same answer for a connection that does not exist, a forged signature and an old one: whoever
// guesses learns nothing. Only our own counters tell them apart.
void Api::Core::AnswerNotVerified(const ApiCallPtr& call) {
    AnswerProblem(call, {.status = 401,
                         .code = "not_verified",
                         .detail = "the signature, key or time of this callback could not be "
                                   "verified"});
}

Connection* Api::Core::VerifiedConnection(const ApiCallPtr& call, CallbackReading& reading) {
    Connection* connection = parts_.connections.Find(call->path[2]);
    if (connection == nullptr || !connection->connector->manifest().callbacks) {
        ++counters_.callbacks_unknown;
        return nullptr;
    }
    if (!connection->connector->manifest().callbacks->recipe.authenticates()) {
        // A partner that signs nothing has a key of ours.
        call->caller = ring_.FindBearer(call->request.headers);
        if (!call->caller || call->caller->role != Role::kPartner ||
            call->caller->connection != connection->settings.name) {
            ++counters_.callbacks_forged;
            return nullptr;
        }
    }
    const std::string url = RegisteredUrl(parts_.settings.public_url, call->request.path);
    const connectors::SignedRequest request{call->request.method, url, call->request.path,
                                            &call->request.headers, call->request.body};
    reading = connection->connector->ReadCallback(request, connection->settings.settings,
                                                  parts_.wall ? parts_.wall() : parts_.clock.Now());
    if (reading.verification.verdict == SignatureVerdict::kVerified) return connection;
    ++(reading.verification.verdict == SignatureVerdict::kStale ? counters_.callbacks_stale
                                                                : counters_.callbacks_forged);
    return nullptr;
}

Input Api::Core::CallbackInput(const ApiCallPtr& call, const Connection& connection,
                               Envelope event) {
    Input input;
    input.event = std::move(event);
    input.event.connection = connection.settings.name;
    input.event.source = "connection:" + connection.settings.name;
    input.event.key.shop = desk_.ShopOf({.shop = connection.settings.shop}, "");
    if (input.event.occurred_at == kNoTime) input.event.occurred_at = parts_.clock.Now();
    input.digest = connectors::Sha256Hex(call->request.body);
    input.raw = call->request.body;
    input.headers = WriteSurroundings({{}, false, WithoutKeys(call->request.headers)});
    return input;
}

// What would be understood. Nothing is kept, and no case is looked at.
void Api::Core::AnswerDryRun(const ApiCallPtr& call, const CallbackReading& reading) {
    Json events = Json::Array();
    for (const Envelope& event : reading.events) {
        Json told = EncodeEventData(event.type, event.data);
        told.Set("type", Json::String(std::string(Facts(event.type).wire)));
        events.Append(std::move(told));
    }
    Json body = Json::Object({{"dry_run", Json::Bool(true)}, {"id", Json::String(reading.id)}});
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
        return;
    }
    const bool dry_run = call->Query("dry_run") == "true";
    if (!dry_run && call->request.query.find("dry_run") != std::string::npos) {
        AnswerProblem(call,
                      {.status = 400, .detail = "dry_run is true or left out; nothing was done"});
        return;
    }
    CallbackReading reading;
    Connection* connection = VerifiedConnection(call, reading);
    if (connection == nullptr) {
        AnswerNotVerified(call);
        return;
    }
    if (dry_run) return AnswerDryRun(call, reading);
    std::vector<Input> inputs;
    for (Envelope& event : reading.events) {
        inputs.push_back(CallbackInput(call, *connection, std::move(event)));
    }
    if (!reading.unmapped.empty()) {
        ++counters_.callbacks_unmapped;
        Envelope event;
        event.source_id = reading.id;
        inputs.push_back(CallbackInput(call, *connection, std::move(event)));
        inputs.back().unmapped = reading.unmapped;
    }
    SubmitAll(call, std::move(inputs), [this](const ApiInputs& all) {
        for (const Receipt& receipt : all.receipts) {
            if (receipt.repeated) ++counters_.callbacks_repeated;
        }
        AnswerReceipts(all, true);
    });
}

}  // namespace returns::gateway
