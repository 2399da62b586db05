#include "tests/sandbox/sandbox.h"

#include "schemas/money.h"
#include "tests/sandbox/catalogue.h"

#include <map>

namespace returns::sandbox {

namespace {

bool StartsWith(const std::string& text, std::string_view start) {
    return text.rfind(start, 0) == 0;
}

Json Text(std::string_view text) { return Json::String(std::string(text)); }

WebAnswer Refuse(int status, const std::string& why) {
    return JsonAnswer(status, Json::Object({{"error", Json::String(why)}}));
}

// A whole number within bounds, or the fallback when it is not given.
Status ReadNumber(const Json& story, const std::string& name, std::int64_t min, std::int64_t max,
                  std::int64_t& value) {
    if (story[name].IsNull()) return {};
    ASSIGN_OR_RETURN(const std::int64_t given, story[name].AsInt());
    if (given < min || given > max) {
        return Invalid("starting the story: '" + name + "' must be " + std::to_string(min) +
                       " to " + std::to_string(max));
    }
    value = given;
    return {};
}

}  // namespace

Sandbox::Sandbox(const SandboxOptions& options)
    : options_(options),
      clockwork_(static_cast<std::uint64_t>(options.seed)),
      provider_(clockwork_, courier_, faults_),
      logistics_(clockwork_, courier_, faults_),
      desk_(clockwork_, courier_, faults_),
      broker_(
          clockwork_.mutex(), [this](const std::string& value) { shop_.ReadStatus(value); },
          options.kafka),
      shop_(clockwork_, faults_, provider_,
            [this](const std::string& topic, const std::string& key,
                   const std::optional<std::string>& value,
                   const Pairs& headers) { broker_.Put(topic, key, value, headers); }),
      web_(static_cast<int>(options.port), clockwork_.mutex(),
           [this](const WebRequest& request) { return Serve(request); }) {
    courier_.SetGateway(options.gateway);
}

Sandbox::~Sandbox() { Stop(); }

void Sandbox::Stop() {
    web_.Stop();
    courier_.Stop();
    clockwork_.Stop();
    broker_.Stop();
}

std::string Sandbox::Address() const { return "http://127.0.0.1:" + std::to_string(web_.port()); }

Json Sandbox::Ready() const {
    Json inventory = Json::Object();
    for (const Article& article : kArticles) {
        inventory.Set(std::string(article.sku), Json::Int(article.inventory_id));
    }
    const Json address = Json::String(Address());
    return Json::Object(
        {{"ready", Json::Bool(true)},
         {"http", address},
         {"kafka", Json::String(Bootstrap())},
         {"topics", Json::Object({{"orders", Text(broker_.Name(kOrdersTopic))},
                                  {"foreign", Text(broker_.Name(kForeignTopic))},
                                  {"status", Text(broker_.Name(kStatusTopic))},
                                  {"rejected", Text(broker_.Name(kRejectedTopic))}})},
         {"logistics", Json::Object({{"base_url", address},
                                     {"api_token", Text(kLogisticsToken)},
                                     {"webhook_secret", Text(kLogisticsSecret)},
                                     {"channel_id", Text(kChannel)},
                                     {"fulfillment_center_id", Json::Int(kFulfillmentCenter)},
                                     {"inventory", std::move(inventory)}})},
         {"payment", Json::Object({{"base_url", address},
                                   {"secret_key", Text(kPaymentKey)},
                                   {"webhook_secret", Text(kPaymentSecret)}})},
         {"shop", Json::Object({{"base_url", address}, {"api_token", Text(kOrdersToken)}})},
         {"desk", Json::Object({{"base_url", address},
                                {"token", Text(kDeskToken)},
                                {"callback_secret", Text(kDeskSecret)}})}});
}

WebAnswer Sandbox::Serve(const WebRequest& request) {
    if (StartsWith(request.path, "/v1/")) return provider_.Serve(request);
    if (StartsWith(request.path, "/incidents")) return desk_.Serve(request);
    if (StartsWith(request.path, "/2026-01/")) return logistics_.Serve(request);
    if (StartsWith(request.path, "/orders/")) return shop_.Serve(request);
    if (request.path == "/books" && request.method == "GET") return JsonAnswer(200, Books());
    if (request.path == "/story" && request.method == "GET") return JsonAnswer(200, Progress());
    if (request.path == "/story" && request.method == "POST") return StartStory(request);
    if (request.path == "/gateway" && request.method == "PUT") {
        courier_.SetGateway(request.body);
        return JsonAnswer(200, Progress());
    }
    if (request.path == "/faults") return ServeFaults(request);
    return Refuse(404, "nothing is here; see --help");
}

WebAnswer Sandbox::ServeFaults(const WebRequest& request) {
    if (request.method == "DELETE") {
        faults_.Clear();
    } else if (request.method == "POST") {
        const Result<Json> rates = ParseJson(request.body);
        if (!rates.ok()) return Refuse(400, rates.error().text);
        const Status set = faults_.Set(*rates);
        if (!set.ok()) return Refuse(400, set.error().text);
    } else if (request.method != "GET") {
        return Refuse(405, "use GET, POST or DELETE");
    }
    return JsonAnswer(200, faults_.Rates());
}

WebAnswer Sandbox::StartStory(const WebRequest& request) {
    if (playing_) return Refuse(409, "the story has begun; start another sandbox for another one");
    const Result<Json> story = ParseJson(request.body.empty() ? "{}" : request.body);
    if (!story.ok()) return Refuse(400, story.error().text);
    const Status read = ReadStory(*story);
    if (!read.ok()) return Refuse(400, read.error().text);
    playing_ = true;
    clockwork_.SetSeed(static_cast<std::uint64_t>(options_.seed));
    clockwork_.SetSpeed(options_.speed);
    courier_.SetGateway(options_.gateway);
    shop_.Play(static_cast<int>(options_.returns));
    return JsonAnswer(202, Progress());
}

// {"gateway", "returns", "seed", "speed", "time": {"now", "factor"}, "connections": {"logistics",
// "payment", "desk"}}
Status Sandbox::ReadStory(const Json& story) {
    for (const auto& member : story.Members()) {
        const std::string& name = member.first;
        if (name != "gateway" && name != "returns" && name != "seed" && name != "speed" &&
            name != "time" && name != "connections") {
            return Invalid("starting the story: unknown member '" + name + "'");
        }
    }
    constexpr std::int64_t kReturnsMax = 100000, kSpeedMax = 10000000;
    RETURN_IF_ERROR(ReadNumber(story, "returns", 1, kReturnsMax, options_.returns));
    RETURN_IF_ERROR(ReadNumber(story, "seed", 0, INT64_MAX, options_.seed));
    RETURN_IF_ERROR(ReadNumber(story, "speed", 1, kSpeedMax, options_.speed));
    if (!story["gateway"].IsNull()) options_.gateway = story["gateway"].AsString();
    if (options_.gateway.empty()) return Invalid("starting the story: 'gateway' is missing");
    const Json& time = story["time"];
    if (!time.IsNull()) {
        ASSIGN_OR_RETURN(const Instant now, ParseInstant(time["now"].AsString()));
        std::int64_t factor = options_.speed;
        RETURN_IF_ERROR(ReadNumber(time, "factor", 1, kSpeedMax, factor));
        clockwork_.SetDate(now, factor);
    }
    const Json& connections = story["connections"];
    const auto name = [&](const char* kind, const char* fallback) {
        const std::string& given = connections[kind].AsString();
        return given.empty() ? std::string(fallback) : given;
    };
    logistics_.SetConnection(name("logistics", "shipbob"));
    provider_.SetConnection(name("payment", "stripe"));
    shop_.SetPayment(name("payment", "stripe"));
    desk_.SetConnection(name("desk", "desk"));
    return {};
}

Json Sandbox::Progress() {
    const bool quiet = playing_ && clockwork_.waiting() == 0 && courier_.idle();
    Json progress = shop_.Progress();
    progress.Set("state", Text(!playing_ ? "waiting" : quiet ? "quiet" : "playing"));
    progress.Set("planned", Json::Int(static_cast<std::int64_t>(clockwork_.waiting())));
    progress.Set("date", Json::String(FormatInstant(clockwork_.Now())));
    progress.Set("callbacks", courier_.Counts());
    return progress;
}

// What is really so, whoever claims what: a failed refund has paid nothing, a pending one will.
Json Sandbox::Books() const {
    Json refunds = provider_.Refunds();
    const Json own = shop_.Refunds();
    for (const Json& row : own.Items()) refunds.Append(row);
    Json attempts = provider_.Attempts();
    const Json asked = shop_.Attempts();
    for (const Json& row : asked.Items()) attempts.Append(row);
    std::map<std::string, std::int64_t> paid, pending;
    for (const Json& row : refunds.Items()) {
        const std::string& status = row["status"].AsString();
        const std::int64_t amount = row["amount_minor"].AsInt().value();
        if (status == "succeeded") paid[row["currency"].AsString()] += amount;
        if (status == "pending") pending[row["currency"].AsString()] += amount;
    }
    const auto sums = [](const std::map<std::string, std::int64_t>& amounts) {
        Json json = Json::Object();
        for (const auto& [currency, minor] : amounts) json.Set(currency, Json::Int(minor));
        return json;
    };
    return Json::Object({{"orders", shop_.Orders()},
                         {"payments", provider_.Payments()},
                         {"refunds", std::move(refunds)},
                         {"attempts", std::move(attempts)},
                         {"paid_minor", sums(paid)},
                         {"pending_minor", sums(pending)},
                         {"disputes", provider_.Disputes()},
                         {"faults", faults_.Struck()},
                         {"returns", logistics_.Returns()},
                         {"tickets", desk_.Tickets()}});
}

}  // namespace returns::sandbox
