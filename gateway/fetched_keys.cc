#include "gateway/fetched_keys.h"

#include "gateway/http_client.h"
#include "gateway/log.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <utility>

namespace returns::gateway {
namespace {

// Below the time in which the caller of a waiting callback must have an answer.
constexpr int kFetchTimeoutMs = 8000;
constexpr int kDoublingsMax = 4;  // of the time between tries that fail
// Whoever calls us may name certificates that are none: so many are looked for in refetch_seconds.
constexpr std::size_t kCertificatesTriedMax = 8;
constexpr std::size_t kCertificatesMax = 8;  // kept
constexpr std::size_t kNameBytesMax = 128;

bool PlainName(std::string_view name) {
    return !name.empty() && name.size() <= kNameBytesMax && name.front() != '.' &&
           std::all_of(name.begin(), name.end(), [](unsigned char c) {
               return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.';
           });
}

}  // namespace

struct FetchedKeys::Source {
    std::string connection, base_url, target;
    std::int64_t call = 0;                       // under way; 0: none
    std::optional<Millis> tried_at, fetched_at;  // monotonic
    int failures_in_a_row = 0;
    std::shared_ptr<const connectors::KeySet> keys;
    std::vector<Done> waiting;
    View view;
    // Of certificates only: what they must be made out to, the address being fetched, and when
    // those that came to nothing were tried, and with what news.
    std::string certificate_name, asked;
    std::map<std::string, std::pair<Millis, News>> tried;
};

Status CheckKeySetUrl(const std::string& url) {
    const auto parsed = ParseBaseUrl(url);
    if (!parsed.ok()) return parsed.error();
    if (parsed->tls || IsLoopbackName(parsed->host)) return {};
    return Invalid("'" + url +
                   "' is not https: whoever sits in between could sign for the partner");
}

FetchedKeys::FetchedKeys(HttpClient& http, Clock& clock, const Connections& connections,
                         const FetchedKeySettings& settings, std::string trusted)
    : http_(http),
      clock_(clock),
      settings_(settings),
      trusted_(std::move(trusted)),
      sets_(std::make_shared<const KeySets>()) {
    for (const Connection& connection : connections.all()) {
        const auto& manifest = connection.connector->manifest();
        if (!manifest.callbacks || !manifest.callbacks->recipe.fetches_keys()) continue;
        const std::string url = connectors::TextSetting(manifest, manifest.callbacks->key_set_url,
                                                        connection.settings.settings);
        const std::size_t host = url.find("://");
        const std::size_t path = host == url.npos ? url.npos : url.find('/', host + 3);
        auto source = std::make_unique<Source>();
        source->connection = source->view.connection = connection.settings.name;
        source->base_url = url.substr(0, path);
        source->target = path == url.npos ? "/" : url.substr(path);
        source->certificate_name = manifest.callbacks->recipe.certificate_name();
        if (!source->certificate_name.empty() && !source->target.ends_with("/"))
            source->target += "/";
        sources_.push_back(std::move(source));
    }
}

FetchedKeys::~FetchedKeys() = default;

// Failing sources are tried again ever more seldom, at least with every callback that asks.
Millis FetchedKeys::DueIn(const Source& source) const {
    const Millis now = clock_.Monotonic();
    const int doublings = std::min(std::max(source.failures_in_a_row - 1, 0), kDoublingsMax);
    const Millis gap = std::chrono::seconds(settings_.refetch_seconds << doublings);
    const Millis again = source.tried_at ? *source.tried_at + gap - now : Millis(0);
    if (source.keys == nullptr) return again;
    const Millis old = *source.fetched_at + std::chrono::hours(settings_.cache_hours) - now;
    return std::max(again, old);
}

Instant FetchedKeys::NextDue() const {
    Instant due = kNever;
    for (const auto& source : sources_)
        if (source->call == 0 && source->certificate_name.empty())
            due = std::min(due, clock_.Now() + std::max(DueIn(*source), Millis(0)));
    return due;
}

bool FetchedKeys::Step() {
    bool worked = false;
    for (HttpCompletion& completion : http_.Take()) {
        for (auto& source : sources_) {
            if (source->call != completion.id) continue;
            source->call = 0;
            if (source->certificate_name.empty())
                Complete(*source, completion.result);
            else
                CompleteCertificate(*source, completion.result);
            worked = true;
            break;
        }
    }
    for (auto& source : sources_) {
        worked = Expire(*source) || worked;
        if (!source->certificate_name.empty()) continue;  // fetched when named
        if (source->call != 0 || DueIn(*source) > Millis(0)) continue;
        Fetch(*source);
        worked = true;
    }
    return worked;
}

void FetchedKeys::Fetch(Source& source) {
    source.tried_at = clock_.Monotonic();
    source.call = next_call_++;
    HttpCall call{source.call, source.base_url, {}};
    call.request.method = "GET";
    call.request.target = source.target;
    call.request.headers = {{"Accept", "application/json"}};
    if (!source.certificate_name.empty()) {
        call.request.target = source.asked.substr(source.base_url.size());
        call.request.headers = {{"Accept", "application/x-pem-file, */*"}};
    }
    call.request.total_timeout_ms = kFetchTimeoutMs;
    http_.Submit(std::move(call));
}

void FetchedKeys::Complete(Source& source, const connectors::HttpResult& result) {
    using connectors::TransportFailure;
    if (result.failure == TransportFailure::kNotSent)
        return Fail(source, "unreachable", result.detail);
    if (result.failure == TransportFailure::kMaybeSent)
        return Fail(source, "no_answer", result.detail);
    // Nothing but 200: keys do not move to where somebody's redirect leads.
    if (result.answer.status != 200)
        return Fail(source, "status", "HTTP " + std::to_string(result.answer.status));
    if (!result.answer.complete) return Fail(source, "cut", "the answer is too long or cut short");
    auto keys = connectors::KeySet::Read(result.answer.body);
    if (!keys.ok()) return Fail(source, "unreadable", keys.error().text);
    Keep(source, std::move(*keys));
}

void FetchedKeys::Keep(Source& source, connectors::KeySet keys) {
    source.view.keys = keys.size();
    source.view.trouble.clear();
    ++source.view.fetched;
    source.failures_in_a_row = 0;
    source.fetched_at = clock_.Monotonic();
    source.keys = std::make_shared<const connectors::KeySet>(std::move(keys));
    auto sets = std::make_shared<KeySets>(*sets_);
    (*sets)[source.connection] = source.keys;
    sets_ = std::move(sets);
    Tell(source, News::kFetched);
}

// What was fetched before still counts, until it is too old.
void FetchedKeys::Fail(Source& source, const std::string& reason, const std::string& why) {
    if (source.view.trouble.empty())
        Log(LogLevel::kWarn, "keys",
            "the keys of connection " + source.connection + " cannot be fetched from " +
                source.base_url + source.target + ": " + why);
    source.view.trouble = reason;
    ++source.view.failures[reason];
    ++source.failures_in_a_row;
    Tell(source, News::kUnavailable);
}

void FetchedKeys::Tell(Source& source, News news) {
    waiting_ -= source.waiting.size();
    for (const Done& done : std::exchange(source.waiting, {})) done(news, RetryAfter(source));
}

bool FetchedKeys::Expire(Source& source) {
    if (source.keys == nullptr ||
        clock_.Monotonic() - *source.fetched_at < std::chrono::hours(settings_.keep_hours))
        return false;
    source.keys = nullptr;
    source.view.keys = 0;
    auto sets = std::make_shared<KeySets>(*sets_);
    sets->erase(source.connection);
    sets_ = std::move(sets);
    if (!source.certificate_name.empty()) return true;  // fetched again when one is named
    Log(LogLevel::kError, "keys",
        "the keys of connection " + source.connection +
            " are too old and cannot be fetched: its callbacks are answered 503");
    return true;
}

int FetchedKeys::RetryAfter(const Source& source) const {
    const Millis gap = std::chrono::seconds(settings_.refetch_seconds);
    const Millis left = source.tried_at ? *source.tried_at + gap - clock_.Monotonic() : gap;
    return static_cast<int>(std::max<std::int64_t>(left.count() / 1000, 1));
}

void FetchedKeys::CompleteCertificate(Source& source, const connectors::HttpResult& result) {
    using connectors::TransportFailure;
    const bool answered = result.failure == TransportFailure::kNone;
    if (answered && result.answer.status == 200 && result.answer.complete) {
        auto key = connectors::PublicKey::Certified(result.answer.body, trusted_,
                                                    source.certificate_name, clock_.Now());
        if (key.ok()) {
            const bool full = source.keys == nullptr || source.keys->size() >= kCertificatesMax;
            const Millis since = full ? clock_.Monotonic() : *source.fetched_at;
            Keep(source, (full ? connectors::KeySet() : *source.keys).With(source.asked, *key));
            source.fetched_at = since;  // of the oldest: all are fetched again when it is too old
            return;
        }
        source.tried[source.asked] = {clock_.Monotonic(), News::kUnavailable};
        return Fail(source, "untrusted", key.error().text);
    }
    const bool gone = answered && (result.answer.status == 404 || result.answer.status == 410);
    source.tried[source.asked] = {clock_.Monotonic(),
                                  gone ? News::kNothingNew : News::kUnavailable};
    if (gone) return Tell(source, News::kNothingNew);
    Complete(source, result);  // says what kept it from coming
}

void FetchedKeys::AskCertificate(Source& source, const std::string& address, Done done) {
    const std::string below = source.base_url + source.target;
    if (!address.starts_with(below) || !PlainName(std::string_view(address).substr(below.size())))
        return done(News::kNothingNew, settings_.refetch_seconds);
    const Millis gap = std::chrono::seconds(settings_.refetch_seconds);
    std::erase_if(source.tried,
                  [&](const auto& each) { return clock_.Monotonic() - each.second.first >= gap; });
    const auto tried = source.tried.find(address);
    if (tried != source.tried.end()) return done(tried->second.second, RetryAfter(source));
    if (source.call != 0 && source.asked != address) return done(News::kUnavailable, 1);
    if (source.tried.size() >= kCertificatesTriedMax)
        return done(News::kUnavailable, RetryAfter(source));
    source.asked = address;
    Wait(source, std::move(done));
}

void FetchedKeys::Wait(Source& source, Done done) {
    if (waiting_ >= static_cast<std::size_t>(settings_.waiting_max))
        return done(News::kUnavailable, RetryAfter(source));
    ++waiting_;
    source.waiting.push_back(std::move(done));
    if (source.call == 0) Fetch(source);
}

void FetchedKeys::Ask(const std::string& connection, const std::string& key_id, Done done) {
    const auto found = std::find_if(sources_.begin(), sources_.end(), [&](const auto& source) {
        return source->connection == connection;
    });
    if (found == sources_.end()) return done(News::kUnavailable, settings_.refetch_seconds);
    Source& source = **found;
    if (!source.certificate_name.empty()) return AskCertificate(source, key_id, std::move(done));
    if (source.call == 0) {
        const Millis gap = std::chrono::seconds(settings_.refetch_seconds);
        const bool lately = source.tried_at && clock_.Monotonic() - *source.tried_at < gap;
        if (lately) {
            const bool failed = source.failures_in_a_row > 0 || source.keys == nullptr;
            return done(failed ? News::kUnavailable : News::kNothingNew, RetryAfter(source));
        }
    }
    Wait(source, std::move(done));
}

std::vector<FetchedKeys::View> FetchedKeys::Views() const {
    std::vector<View> views;
    for (const auto& source : sources_) {
        views.push_back(source->view);
        views.back().waiting = source->waiting.size();
        if (source->keys != nullptr) views.back().age = clock_.Monotonic() - *source->fetched_at;
    }
    return views;
}

}  // namespace returns::gateway
