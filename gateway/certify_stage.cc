#include "gateway/certify_stage.h"

#include "connectors/crypto.h"
#include "gateway/keys.h"

#include <algorithm>
#include <utility>

namespace returns::gateway::certify {
namespace {

constexpr std::size_t kEvidenceMax = 24;
constexpr Millis kGlance{100};

Json Text(const std::string& value) { return Json::String(value); }

// With a secret that nobody issued in place of the one calls are made with.
Json WithWrongSecret(const connectors::Manifest& manifest, Json settings) {
    const std::string wrong = "nobody-issued-this-" + connectors::EncodeHex(SystemRandomBytes(6));
    const std::string callback_keys = manifest.callbacks ? manifest.callbacks->keys : "";
    for (const auto& [name, declaration] : manifest.settings)
        if (declaration.secret && name != callback_keys && settings.Find(name) != nullptr)
            settings.Set(name, Json::String(wrong));
    return settings;
}

connectors::HttpResult NotMade(const std::string& why) {
    connectors::HttpResult result;
    result.failure = connectors::TransportFailure::kNotSent;
    result.detail = why;
    return result;
}

}  // namespace

Stage::Stage(StageOptions options, connectors::Connector& connector, Json settings)
    : options_(std::move(options)),
      connector_(connector),
      settings_(std::move(settings)),
      redaction_(connector.manifest(), settings_),
      prefix_("CERT-" + connectors::EncodeBase32(SystemRandomBytes(5)) + "-"),
      port_(options_.listen_port) {}

Stage::~Stage() {
    LetGo();
    door_.reset();
}

Result<std::unique_ptr<Stage>> Stage::Open(StageOptions options, connectors::Connector& connector,
                                           Json settings) {
    std::unique_ptr<Stage> stage(new Stage(std::move(options), connector, std::move(settings)));
    RETURN_IF_ERROR(stage->OpenClient());
    if (!stage->options_.listen_host.empty()) {
        RETURN_IF_ERROR(stage->OpenDoor());
    }
    return stage;
}

Status Stage::OpenClient() {
    HttpClientOptions client;
    client.workers = 2;
    client.ca_file = options_.ca_file;
    client.allow_plain_http = options_.allow_plain_http;
    ASSIGN_OR_RETURN(client_, HttpClientAdapter::Make(client, [this] { queue_.Ring(); }));
    client.answer_bytes_max = 0;
    ASSIGN_OR_RETURN(cutting_client_, HttpClientAdapter::Make(client, [this] { queue_.Ring(); }));
    return {};
}

Status Stage::OpenDoor(bool turn_away) {
    ShutDoor();
    DoorOptions door;
    if (turn_away) door.connections_max = 0;
    door.host = options_.listen_host;
    door.port = port_;
    // A held answer ends when the case does, not by the door's own patience.
    door.reply_timeout_ms = 15 * 60 * 1000;
    auto opened = HttpDoor::Open(door, [this](DoorRequest request, DoorReplyFunction reply) {
        queue_.Put({std::move(request), std::move(reply)});
    });
    if (!opened.ok()) return opened.error();
    door_ = std::move(*opened);
    port_ = door_->port();
    return {};
}

std::string Stage::callback_url() const {
    std::string base = options_.public_url;
    if (base.empty()) base = "http://" + options_.listen_host + ":" + std::to_string(port_);
    while (base.ends_with('/')) base.pop_back();
    return base + "/v1/callbacks/candidate";
}

unsigned Stage::offers() const {
    unsigned all = kNoNeed;
    if (!options_.base_url.empty() && connector_.FindOperation("return.create") != nullptr)
        all |= kCalls;
    if (connector_.FindOperation("return.lookup") != nullptr) all |= kLookup;
    if (connector_.FindOperation("return.cancel") != nullptr) all |= kCancel;
    if (door_ != nullptr && connector_.manifest().callbacks) all |= kListening;
    if (!options_.control_url.empty() || options_.ask) all |= kPlaying;
    return all;
}

CaseResult Stage::Run(const CaseRow& row) {
    row_ = &row;
    evidence_.clear();
    answers_ = {};
    reference_.clear();
    their_reference_.clear();
    first_ = deliveries_.size();
    CaseResult result;
    result.row = &row;
    result.judgement = row.run(*this);
    LetGo();
    for (std::size_t at = first_; at < deliveries_.size(); ++at)
        evidence_.push_back({"callback", deliveries_[at].arrived, redaction_.Of(deliveries_[at])});
    std::stable_sort(evidence_.begin(), evidence_.end(),
                     [](const Evidence& a, const Evidence& b) { return a.at < b.at; });
    if (evidence_.size() > kEvidenceMax) evidence_.resize(kEvidenceMax);
    result.judgement.finding = redaction_.Clean(result.judgement.finding);
    result.evidence = std::move(evidence_);
    row_ = nullptr;
    return result;
}

Announcement Stage::NewReturn(int quantity, const std::string& mark) const {
    Announcement made;
    made.quantity = quantity;
    made.reference = prefix_ + std::to_string(++returns_) + mark;
    Json line = Json::Object({{"id", Json::String("1")},
                              {"sku", Text(options_.skus.front())},
                              {"quantity", Json::Int(quantity)},
                              {"reason", Json::String("certification")}});
    made.command = Json::Object({{"return_id", Text(made.reference)},
                                 {"order_id", Text("ORDER-" + made.reference)},
                                 {"reference", Text(made.reference)},
                                 {"key", Text(made.reference)},
                                 {"statutory", Json::Bool(false)},
                                 {"reason", Json::String("certification")},
                                 {"lines", Json::Array({std::move(line)})}});
    return made;
}

connectors::HttpResult Stage::Send(HttpClient& client, const std::string& base_url,
                                   connectors::HttpRequest request) {
    const std::int64_t id = ++call_;
    client.Submit({id, base_url, std::move(request)});
    while (!answered_.contains(id)) {
        Pump(kGlance);
        for (HttpCompletion& done : client.Take()) answered_[done.id] = std::move(done.result);
    }
    return std::move(answered_.extract(id).mapped());
}

Called Stage::Call(std::string_view operation, const Json& command, const Manner& manner) {
    Called called;
    const Json settings =
        manner.wrong_secret ? WithWrongSecret(connector_.manifest(), settings_) : settings_;
    auto request = connector_.Encode(operation, command, settings);
    if (!request.ok()) {
        called.trouble = request.error().text;
        called.outcome.kind = connectors::OutcomeKind::kNotDone;
        called.result = NotMade(called.trouble);
        return called;
    }
    if (manner.unknown_field) {
        auto body = ParseJson(request->body);
        if (body.ok() && body->IsObject()) {
            body->Set("x_certification", Json::String("a member nobody has announced"));
            request->body = WriteJson(*body);
        }
    }
    if (manner.deadline_ms > 0) request->total_timeout_ms = manner.deadline_ms;
    Note("request", redaction_.Of(*request));
    called.result = Send(manner.cut_answer ? *cutting_client_ : *client_, options_.base_url,
                         std::move(*request));
    Note("answer", redaction_.Of(called.result));
    called.outcome =
        connector_.Decode(operation, command, settings, called.result, SystemClock::Wall());
    return called;
}

std::optional<Judgement> Stage::Create(Announcement& announcement) {
    reference_ = announcement.reference;
    if ((offers() & kCalls) == 0) return std::nullopt;  // they make one up of that reference
    const Called called = Call("return.create", announcement.command);
    if (!called.trouble.empty())
        return NotTested("the connector cannot announce a return: " + called.trouble);
    if (called.outcome.kind != connectors::OutcomeKind::kDone)
        return Failed("the return could not be announced: " + called.outcome.reason + ", " +
                      called.outcome.detail);
    announcement.their_reference = their_reference_ = called.outcome.their_reference;
    return std::nullopt;
}

Json Stage::CancelCommand(const Announcement& announcement) const {
    return Json::Object({{"return_id", Text(announcement.reference)},
                         {"reference", Text(announcement.reference)},
                         {"key", Text(announcement.reference + "-cancel")},
                         {"partner_reference", Text(announcement.their_reference)}});
}

connectors::Verification Stage::Verify(const Delivery& delivery, const Json& settings,
                                       Instant now) const {
    const std::string url = callback_url();
    const connectors::SignedRequest request = {delivery.request.method, url, delivery.request.path,
                                               &delivery.request.headers, delivery.request.body};
    return connector_.ReadCallback(request, settings, now).verification;
}

void Stage::Note(const std::string& kind, const std::string& text) {
    if (row_ != nullptr) evidence_.push_back({kind, SystemClock::Wall(), text});
}

}  // namespace returns::gateway::certify
