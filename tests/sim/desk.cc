#include "tests/sim/partners.h"

namespace returns::sim {

using connectors::HttpAnswer;
using connectors::HttpRequest;

namespace {

// The reference stands between "[backhaul:" and "]" in the description.
std::string ReferenceIn(const std::string& description) {
    const std::string mark = "[backhaul:";
    const std::size_t from = description.find(mark);
    if (from == description.npos) return "";
    return description.substr(from + mark.size(), description.find(']', from) - from - mark.size());
}

}  // namespace

HttpAnswer Desk::Serve(const HttpRequest& request) {
    if (!down_ && scene_.Strikes(Fault::kDeskDown)) {
        down_ = true;
        scene_.After(scene_.chance.Span(kMinute, 12 * kHour), [this] { down_ = false; });
    }
    if (down_) return Answer(503, Json());
    const std::string path = PathOf(request);
    if (request.method == "GET") {
        std::vector<Json> found;
        for (std::size_t at = 0; at < incidents_.size(); ++at) found.push_back(Tell(at));
        return Answer(200, Json::Array(std::move(found)));
    }
    if (path == "/incidents.json") {
        const Result<Json> body = ParseJson(request.body);
        if (!body.ok()) return Answer(400, Json());
        incidents_.push_back({ReferenceIn((*body)["incident"]["description"].AsString())});
        incidents_.back().hasty = scene_.clock.JumpedWithin(2 * kMinute);
        scene_.Trace("desk opens " + incidents_.back().reference);
        MayBeResolved(incidents_.size() - 1);
        return Answer(201, Tell(incidents_.size() - 1));
    }
    const std::size_t slash = path.find('/', 1) + 1;
    const std::string id = path.substr(slash, path.find_first_of("./", slash) - slash);
    const auto at = static_cast<std::size_t>(Json::Number(id).AsInt().value() - 1);
    if (at >= incidents_.size()) return Answer(404, Json());
    if (request.method == "PUT") incidents_[at].state = "Resolved";
    return Answer(200, Tell(at));
}

Json Desk::Tell(std::size_t at) const {
    const Incident& each = incidents_[at];
    return Json::Object({{"id", Json::Int(static_cast<std::int64_t>(at) + 1)},
                         {"description", Json::String("<p>[backhaul:" + each.reference + "]</p>")},
                         {"state", Json::String(each.state)},
                         {"updated_at", Json::String(FormatInstant(scene_.clock.Now()))}});
}

// A person closes it in the desk, whether or not anything is better.
void Desk::MayBeResolved(std::size_t at) {
    if (!scene_.Strikes(Fault::kPersonResolves)) return;
    scene_.After(scene_.chance.Span(kHour, 3 * kDay), [this, at] {
        if (incidents_[at].state == "Resolved") return;
        incidents_[at].state = "Resolved";
        call_back_({"desk", "desk-" + std::to_string(at), WriteJson(Tell(at)), {}});
    });
}

}  // namespace returns::sim
