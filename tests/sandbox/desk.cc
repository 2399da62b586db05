#include "tests/sandbox/desk.h"

#include "tests/sandbox/catalogue.h"

#include <algorithm>
#include <charconv>

namespace returns::sandbox {

namespace {

constexpr Millis kHour = std::chrono::hours(1);
constexpr std::int64_t kFirstId = 120450000;
constexpr std::string_view kList = "/incidents.json";
constexpr std::string_view kOne = "/incidents/";
constexpr std::string_view kComments = "/comments.json";
constexpr std::string_view kEnd = ".json";

WebAnswer Unprocessable(const std::string& field, const std::string& why) {
    return JsonAnswer(
        422, Json::Object({{"errors", Json::Object({{field, Json::Array({Json::String(why)})}})}}));
}

WebAnswer NotFound() {
    return JsonAnswer(404, Json::Object({{"error", Json::String("not found")}}));
}

bool EndsWith(std::string_view text, std::string_view end) {
    return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

bool IsDone(const std::string& state) {
    return state == "Resolved" || state == "Closed" || state == "Cancelled";
}

bool IsState(const std::string& state) {
    return IsDone(state) || state == "New" || state == "Assigned" || state == "Awaiting Input" ||
           state == "On Hold - Vendor" || state == "Reopened" || state == "Assigned - In Progress";
}

int Number(const std::string& text, int fallback) {
    int number = fallback;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

}  // namespace

Desk::Desk(Clockwork& clockwork, Courier& courier, const Faults& faults)
    : clockwork_(clockwork), courier_(courier), faults_(faults) {}

WebAnswer Desk::Serve(const WebRequest& request) {
    if (request.Header("X-Samanage-Authorization") != "Bearer " + std::string(kDeskToken)) {
        return JsonAnswer(401,
                          Json::Object({{"error", Json::String("HTTP Token: Access denied")}}));
    }
    if (request.Header("Accept").find("application/vnd.samanage.v2.1+json") ==
        std::string_view::npos) {
        return JsonAnswer(406, Json::Object({{"error", Json::String("Accept is not known")}}));
    }
    if (request.path == kList && request.method == "POST") return Create(request);
    if (request.path == kList && request.method == "GET") return List(request);
    if (request.path.rfind(kOne, 0) != 0) return NotFound();
    const std::string rest = request.path.substr(kOne.size());
    const auto found = incidents_.find(Number(rest, 0));
    if (found == incidents_.end()) return NotFound();
    Incident& incident = found->second;
    const bool comments = EndsWith(rest, kComments);
    if (request.method == "GET" && !comments && EndsWith(rest, kEnd)) {
        return JsonAnswer(200, AsJson(incident));
    }
    const Result<Json> body = ParseJson(request.body);
    if (!body.ok()) return Unprocessable("base", "is not JSON");
    if (request.method == "POST" && comments) return Comment(incident, *body);
    if (request.method == "PUT" && !comments && EndsWith(rest, kEnd)) {
        return Update(incident, *body);
    }
    return NotFound();
}

WebAnswer Desk::Create(const WebRequest& request) {
    Dice dice = clockwork_.For("desk call " + std::to_string(++calls_));
    if (faults_.Strikes(dice, "desk.rate_limited")) {
        WebAnswer answer = JsonAnswer(429, Json::Object({{"error", Json::String("slow down")}}));
        answer.headers.emplace_back("Retry-After", "1");
        return answer;
    }
    const Result<Json> body = ParseJson(request.body);
    if (!body.ok()) return Unprocessable("base", "is not JSON");
    const Json& given = (*body)["incident"];
    if (given["name"].AsString().empty()) return Unprocessable("name", "can't be blank");
    if (given["requester"]["email"].AsString().find('@') == std::string::npos) {
        return Unprocessable("requester", "is not a user");
    }
    const std::string& priority = given["priority"].AsString();
    if (priority != "None" && priority != "Low" && priority != "Medium" && priority != "High" &&
        priority != "Critical") {
        return Unprocessable("priority", "is not included in the list");
    }
    Incident incident;
    incident.id = kFirstId + static_cast<std::int64_t>(incidents_.size()) + 1;
    incident.number = static_cast<std::int64_t>(incidents_.size()) + 1;
    incident.name = given["name"].AsString();
    incident.description = given["description"].AsString();
    incident.priority = priority;
    incident.requester = given["requester"]["email"].AsString();
    incident.state = "New";
    // Any other shape is taken without a word, and ignored.
    const Json& fields = given["custom_fields_values"]["custom_fields_value"];
    if (fields.IsArray()) incident.custom_fields = fields;
    incident.created = incident.updated = clockwork_.Now();
    const std::int64_t id = incident.id;
    incidents_[id] = std::move(incident);
    PlanPerson(id);
    WebAnswer answer = JsonAnswer(200, AsJson(incidents_[id]));
    if (faults_.Strikes(dice, "desk.lost_answer")) answer.lost = true;
    return answer;
}

WebAnswer Desk::List(const WebRequest& request) const {
    const int per_page = Number(request.Query("per_page"), 25);
    const int page = Number(request.Query("page"), 1);
    constexpr int kPerPageMax = 100;
    if (per_page < 1 || per_page > kPerPageMax || page < 1) {
        return Unprocessable("per_page", "must be 1 to 100");
    }
    const Result<Instant> since = ParseInstant(request.Query("created_custom_gte[]"));
    const std::string words = request.Query("query");
    std::vector<const Incident*> rows;
    for (auto item = incidents_.rbegin(); item != incidents_.rend(); ++item) {
        const Incident& incident = item->second;
        if (since.ok() && incident.created < *since) continue;
        // The text search learns of a new incident only minutes later.
        constexpr Millis kIndexed = std::chrono::minutes(3);
        const bool indexed = clockwork_.Now() - incident.created >= kIndexed;
        const std::string text =
            incident.name + incident.description + WriteJson(incident.custom_fields);
        if (!words.empty() && (!indexed || text.find(words) == std::string::npos)) continue;
        rows.push_back(&incident);
    }
    Json list = Json::Array();
    const std::size_t first =
        static_cast<std::size_t>(page - 1) * static_cast<std::size_t>(per_page);
    for (std::size_t i = first; i < rows.size() && i < first + static_cast<std::size_t>(per_page);
         ++i) {
        list.Append(AsJson(*rows[i]));
    }
    const std::size_t pages =  // an empty list has one page, as paginators count
        std::max<std::size_t>(1, (rows.size() + static_cast<std::size_t>(per_page) - 1) /
                                     static_cast<std::size_t>(per_page));
    WebAnswer answer = JsonAnswer(200, list);
    answer.headers.emplace_back("X-Total-Count", std::to_string(rows.size()));
    answer.headers.emplace_back("X-Total-Pages", std::to_string(pages));
    answer.headers.emplace_back("X-Current-Page", std::to_string(page));
    answer.headers.emplace_back("X-Per-Page", std::to_string(per_page));
    return answer;
}

WebAnswer Desk::Update(Incident& incident, const Json& body) {
    const Json& change = body["incident"];
    if (!change.IsObject()) return Unprocessable("incident", "can't be blank");
    const std::string& state = change["state"].AsString();
    if (!state.empty() && !IsState(state)) return Unprocessable("state", "is not a state");
    if (!change["priority"].AsString().empty()) incident.priority = change["priority"].AsString();
    if (!state.empty()) Move(incident.id, state, "api");
    return JsonAnswer(200, AsJson(incident));
}

WebAnswer Desk::Comment(Incident& incident, const Json& body) {
    const Json& comment = body["comment"];
    if (comment["body"].AsString().empty()) return Unprocessable("body", "can't be blank");
    if (!comment["is_private"].IsBool()) return Unprocessable("is_private", "is not a boolean");
    incident.comments.push_back(comment["body"].AsString());
    incident.updated = clockwork_.Now();
    Dice dice = clockwork_.For("comment " + std::to_string(++calls_));
    if (faults_.Strikes(dice, "desk.comment_406")) {
        return JsonAnswer(406, Json::Object({{"error", Json::String("not acceptable")}}));
    }
    return JsonAnswer(200, comment);
}

void Desk::PlanPerson(std::int64_t id) {
    Dice dice = clockwork_.For("person at " + std::to_string(id));
    const Millis seen = kHour * dice.Between(2, 8);
    if (faults_.Strikes(dice, "desk.acknowledges")) {
        clockwork_.After(seen, [this, id] { Move(id, "Assigned", "person"); });
    }
    if (faults_.Strikes(dice, "desk.resolves")) {
        clockwork_.After(seen + kHour * dice.Between(12, 48),
                         [this, id] { Move(id, "Resolved", "person"); });
    }
}

// What a person or the gateway makes of it; the automation rule calls the gateway either way.
void Desk::Move(std::int64_t id, const std::string& state, const std::string& by) {
    Incident& incident = incidents_.at(id);
    if (incident.state == state || (IsDone(incident.state) && by == "person")) return;
    incident.state = state;
    incident.updated = clockwork_.Now();
    if (IsDone(state)) incident.resolved_by = by;
    Callback callback;
    callback.connection = connection_;
    callback.body = WriteJson(Json::Object({{"incident", AsJson(incident)}}));
    callback.sign = [](std::int64_t) {
        return connectors::HttpHeaders{{"X-Backhaul-Secret", std::string(kDeskSecret)}};
    };
    courier_.Send(std::move(callback), Millis(0));
}

Json Desk::AsJson(const Incident& incident) const {
    return Json::Object({{"id", Json::Int(incident.id)},
                         {"number", Json::Int(incident.number)},
                         {"name", Json::String(incident.name)},
                         {"description", Json::String(incident.description)},
                         {"priority", Json::String(incident.priority)},
                         {"state", Json::String(incident.state)},
                         {"requester", Json::Object({{"email", Json::String(incident.requester)}})},
                         {"custom_fields_values", incident.custom_fields},
                         {"created_at", Json::String(FormatInstant(incident.created))},
                         {"updated_at", Json::String(FormatInstant(incident.updated))}});
}

Json Desk::Tickets() const {
    Json rows = Json::Array();
    for (const auto& [id, incident] : incidents_) {
        rows.Append(Json::Object(
            {{"id", Json::Int(id)},
             {"name", Json::String(incident.name)},
             {"our_reference", incident.custom_fields.Items().empty()
                                   ? Json::String("")
                                   : incident.custom_fields.Items().front()["value"]},
             {"state", Json::String(incident.state)},
             {"open", Json::Bool(!IsDone(incident.state))},
             {"resolved_by", Json::String(incident.resolved_by)},
             {"comments", Json::Int(static_cast<std::int64_t>(incident.comments.size()))}}));
    }
    return rows;
}

}  // namespace returns::sandbox
