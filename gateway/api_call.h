// One request to the API on its way to its answer. Lane thread.
#pragma once

#include "gateway/callback_reader.h"
#include "gateway/http_door.h"
#include "gateway/input.h"
#include "gateway/keys.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace returns::gateway {

struct ApiCall {
    DoorRequest request;
    DoorReplyFunction reply;
    std::vector<std::string> path;     // unescaped segments: {"v1", "orders", "A/1"}
    connectors::HttpHeaders query;     // unescaped
    std::optional<Caller> caller;      // set where the route asks for one
    std::string traceparent;           // theirs, or ours where none came or an ill-formed one
    std::string_view pattern;          // the route's, for the log: paths may hold anything
    std::optional<CallbackRead> read;  // where it was read before it came here
    bool awaited_keys = false;         // has had its partner's keys fetched already

    std::string Query(std::string_view name) const {
        return std::string(connectors::FindHeader(query, name));
    }
    std::string_view Header(std::string_view name) const {
        return connectors::FindHeader(request.headers, name);
    }
};
using ApiCallPtr = std::shared_ptr<ApiCall>;

// Several inputs submitted for one request; answered when all have been decided.
struct ApiInputs {
    ApiCallPtr call;
    std::vector<Receipt> receipts;  // in the order of the inputs
    bool turned_away = false;       // the engine took no more
};

// "v1-agent": which case version in whose words; If-Match compares the version alone.
std::string CaseTag(const Case& subject, Role role);
bool NamesTag(std::string_view list, std::string_view tag);  // "*" names all
std::optional<std::int64_t> VersionOfTag(std::string_view tag);

}  // namespace returns::gateway
