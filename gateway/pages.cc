#include "gateway/pages.h"

#include "connectors/crypto.h"
#include "gateway/http_wire.h"
#include "gateway/pages_core.h"
#include "gateway/pages_render.h"
#include "gateway/plain_words.h"
#include "gateway/web_files.h"

#include <algorithm>
#include <chrono>

namespace returns::gateway {
namespace {

constexpr std::size_t kRandomBytes = 16;
constexpr std::string_view kPolicy =
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

bool Matches(std::string_view pattern, const std::vector<std::string>& path) {
    std::size_t at = 0;
    while (true) {
        pattern.remove_prefix(1);
        const std::size_t end = std::min(pattern.find('/'), pattern.size());
        const std::string_view part = pattern.substr(0, end);
        if (at == path.size()) return false;
        if (part == "{}" ? path[at].empty() : part != path[at]) return false;
        ++at;
        if (end == pattern.size()) return at == path.size();
        pattern.remove_prefix(end);
    }
}

// Only ways back into our own pages.
std::string SafeNext(const std::string& next) {
    const bool ours = next.starts_with('/') && !next.starts_with("//") &&
                      next.find('\\') == std::string::npos &&
                      std::none_of(next.begin(), next.end(),
                                   [](char c) { return static_cast<unsigned char>(c) <= ' '; });
    return ours && next.size() <= 1024 ? next : "/";
}

std::string_view HostOf(std::string_view url) {
    const std::size_t start = url.find("://");
    if (start == std::string_view::npos) return {};
    url.remove_prefix(start + 3);
    return url.substr(0, url.find('/'));
}

struct Asset {
    std::string_view name, type;
};
constexpr Asset kAssets[] = {{"backhaul.css", "text/css; charset=utf-8"},
                             {"refresh.js", "text/javascript; charset=utf-8"},
                             {"backhaul.svg", "image/svg+xml"}};

}  // namespace

std::string CasePath(const CaseKey& key) {
    return "/cases/" + connectors::PercentEncode(key.shop) + "/" +
           connectors::PercentEncode(key.order_id);
}

const std::vector<Pages::Core::Route>& Pages::Core::Routes() {
    static const std::vector<Route> routes = {
        {"GET", "/", "pao", &Core::GetSearch},
        {"GET", "/signin", "*", &Core::GetSignIn},
        {"POST", "/signin", "*", &Core::PostSignIn},
        {"POST", "/signout", "pao", &Core::PostSignOut},
        {"GET", "/stalls", "ao", &Core::GetStalls},
        {"GET", "/cases/{}/{}", "ao", &Core::GetCase},
        {"POST", "/cases/{}/{}/actions", "ao", &Core::PostAction},
        {"GET", "/finance", "ao", &Core::GetFinance},
        {"GET", "/finance.csv", "ao", &Core::GetFinanceCsv},
        {"GET", "/connections", "ao", &Core::GetConnections},
        {"GET", "/connections/{}", "ao", &Core::GetConnection},
        {"POST", "/connections/{}/{}", "ao", &Core::PostConnection},
        {"GET", "/partner", "po", &Core::GetPartner},
        {"POST", "/partner", "p", &Core::PostPartner},
        {"GET", "/partners", "*", &Core::GetPartners},
        {"GET", "/assets/{}", "*", &Core::GetAsset},
    };
    return routes;
}

Pages::Core::Core(PageParts parts)
    : parts_(std::move(parts)),
      sessions_(parts_.settings.deployment_secret,
                parts_.settings.public_url.starts_with("https://")),
      guard_(parts_.settings.signin),
      secure_(parts_.settings.public_url.starts_with("https://")) {}

std::string Pages::Core::Allowed(const std::vector<std::string>& path) const {
    std::string allowed;
    for (const Route& route : Routes()) {
        if (!Matches(route.pattern, path)) continue;
        allowed += (allowed.empty() ? "" : ", ") + std::string(route.method);
        if (route.method == "GET") allowed += ", HEAD";
    }
    return allowed;
}

bool Pages::Core::Serves(std::string_view method, const std::vector<std::string>& path) const {
    return std::any_of(Routes().begin(), Routes().end(), [&](const Route& route) {
        return route.method == method && Matches(route.pattern, path);
    });
}

void Pages::Core::Handle(PageRequest request, DoorReplyFunction reply) {
    auto call = std::make_shared<PageCall>();
    call->page = std::move(request);
    call->reply = std::move(reply);
    for (const Route& route : Routes()) {
        if (route.method != call->page.request.method) continue;
        if (!Matches(route.pattern, call->page.path)) continue;
        return Run(call, route);
    }
    Refuse(call, {.status = 404, .detail = "There is no such page."});
}

void Pages::Core::Run(const PageCallPtr& call, const Route& route) {
    call->session = sessions_.Find(call->page.request.headers, parts_.clock.Now());
    if (call->session) {
        call->caller = parts_.ring.FindNamed(call->session->key_name, call->session->key_mark);
    }
    if (call->caller && call->caller->role == Role::kShop) call->caller.reset();
    const bool open = route.roles == "*";
    if (!open && !call->caller) {
        if (route.method == "POST") {
            return Refuse(
                call, {.status = 401, .detail = "You are signed out. Sign in, then do it again."});
        }
        std::string next = call->page.request.path;
        if (!call->page.request.query.empty()) next += "?" + call->page.request.query;
        return Send(call, 303, "/signin?next=" + connectors::PercentEncode(next));
    }
    // Whoever may not see it learns nothing of it.
    if (!open && route.roles.find(Name(call->caller->role).front()) == std::string_view::npos)
        return Refuse(call, {.status = 404, .detail = "There is no such page."});
    if (route.method == "POST" && !ReadPost(call, open)) return;
    (this->*route.run)(call);
}

// A form of another site must not act in a signed-in person's name.
bool Pages::Core::FromOurPages(const PageCallPtr& call) const {
    const std::string_view site = call->Header("Sec-Fetch-Site");
    if (site == "cross-site" || site == "same-site") return false;
    const std::string_view origin = call->Header("Origin");
    if (origin.empty()) return true;
    const std::string_view host = HostOf(origin);
    return !host.empty() &&
           (host == call->Header("Host") || host == HostOf(parts_.settings.public_url));
}

bool Pages::Core::ReadPost(const PageCallPtr& call, bool open) {
    if (!call->Header("Content-Type").starts_with("application/x-www-form-urlencoded")) {
        Refuse(call, {.status = 415, .detail = "This address takes the forms of its own pages."});
        return false;
    }
    auto form = ParseForm(call->page.request.body);
    if (!form) {
        Refuse(call, {.status = 400, .detail = "The form could not be read."});
        return false;
    }
    call->form = std::move(*form);
    const bool token = open || sessions_.CheckFormToken(*call->session,
                                                        connectors::FindHeader(call->form, "csrf"));
    if (token && FromOurPages(call)) return true;
    Refuse(call, {.status = 403,
                  .code = "not_our_form",
                  .detail = "This form did not come from a page of this gateway, or is too old. "
                            "Open the page again and send it from there."});
    return false;
}

Millis Pages::Core::Lifetime() const {
    return std::chrono::hours(std::max<std::int64_t>(parts_.settings.session_hours, 1));
}

void Pages::Core::AddFrame(const PageCall* call, Json& model) const {
    const Instant now = parts_.clock.Now();
    model.Set("now", Json::String(PlainTime(now)));
    model.Set("now_iso", Json::String(FormatInstant(now)));
    if (call == nullptr || !call->caller || !call->session) return;
    model.Set("signed_in", Json::Bool(true));
    model.Set("who", Json::String(call->caller->name));
    model.Set("role", Json::String(std::string(Name(call->caller->role))));
    model.Set("csrf", Json::String(sessions_.FormToken(*call->session)));
    if (call->caller->role == Role::kPartner) return;  // the rest is not theirs
    model.Set("staff", Json::Bool(true));
    model.Set("money_kept", Json::Bool(parts_.money != nullptr));
    const std::size_t stalls = parts_.board.Stalls(call->caller->shop).size();
    if (stalls > 0) model.Set("stall_count", Json::Int(static_cast<std::int64_t>(stalls)));
}

DoorReply Pages::Core::PageReply(int status, std::string body) const {
    DoorReply reply;
    reply.status = status;
    reply.headers = {{"Content-Type", "text/html; charset=utf-8"},
                     {"Cache-Control", "no-store"},
                     {"Content-Security-Policy", std::string(kPolicy)},
                     {"X-Frame-Options", "DENY"},
                     // Not "no-referrer": browsers would then send forms with "Origin: null".
                     {"Referrer-Policy", "same-origin"},
                     {"Cross-Origin-Opener-Policy", "same-origin"}};
    if (secure_) reply.headers.emplace_back("Strict-Transport-Security", "max-age=31536000");
    reply.body = std::move(body);
    return reply;
}

void Pages::Core::Show(const PageCallPtr& call, std::string_view body, Json model, int status,
                       connectors::HttpHeaders more) {
    AddFrame(call.get(), model);
    DoorReply reply = PageReply(status, RenderPage(body, model));
    reply.headers.insert(reply.headers.end(), more.begin(), more.end());
    call->reply(std::move(reply));
}

DoorReply Pages::Core::Trouble(const Problem& problem, const PageCall* call) const {
    Json model = Json::Object();
    const std::string heading =
        problem.title.empty() ? std::string(ReasonPhrase(problem.status)) : problem.title;
    model.Set("title", Json::String(heading));
    model.Set("heading", Json::String(heading));
    std::string detail = problem.detail;
    if (!detail.empty() && detail[0] >= 'a' && detail[0] <= 'z') detail[0] -= 'a' - 'A';
    if (!detail.empty() && detail.back() != '.') detail += '.';
    model.Set("detail", Json::String(detail));
    model.Set("status", Json::Int(problem.status));
    model.Set("code", Json::String(problem.code));
    model.Set("trace", Json::String(problem.trace_id));
    AddFrame(call, model);
    return PageReply(problem.status, RenderPage("trouble", model));
}

void Pages::Core::Refuse(const PageCallPtr& call, const Problem& problem) {
    call->reply(Trouble(problem, call.get()));
}

void Pages::Core::Send(const PageCallPtr& call, int status, std::string location,
                       std::string cookie) {
    DoorReply reply;
    reply.status = status;
    reply.headers = {{"Location", std::move(location)}, {"Cache-Control", "no-store"}};
    if (!cookie.empty()) reply.headers.emplace_back("Set-Cookie", std::move(cookie));
    call->reply(std::move(reply));
}

void Pages::Core::GetSignIn(const PageCallPtr& call) {
    if (call->caller) return Send(call, 303, SafeNext(call->Query("next")));
    Show(call, "signin",
         Json::Object({{"title", Json::String("Sign in")},
                       {"next", Json::String(SafeNext(call->Query("next")))}}));
}

void Pages::Core::RefuseSignIn(const PageCallPtr& call, int status, std::string wrong,
                               Millis wait) {
    call->session.reset();
    call->caller.reset();
    connectors::HttpHeaders more;
    if (wait > Millis(0)) {
        const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait).count();
        more.emplace_back("Retry-After", std::to_string(seconds));
    }
    Show(call, "signin",
         Json::Object({{"title", Json::String("Sign in")},
                       {"next", Json::String(SafeNext(call->Form("next")))},
                       {"wrong", Json::String(std::move(wrong))}}),
         status, std::move(more));
}

void Pages::Core::PostSignIn(const PageCallPtr& call) {
    const Instant real = parts_.wall ? parts_.wall() : parts_.clock.Now();
    const std::string& address = call->page.request.peer;
    if (const Millis wait = guard_.Wait(address, real); wait > Millis(0)) {
        ++sign_ins_.turned_away;
        const auto minutes = std::chrono::ceil<std::chrono::minutes>(wait).count();
        return RefuseSignIn(call, 429,
                            "Too many wrong keys. Wait " + std::to_string(minutes) +
                                (minutes == 1 ? " minute" : " minutes") + ", then try again.",
                            wait);
    }
    std::string key = call->Form("key");
    key.erase(0, key.find_first_not_of(" \t\r\n"));
    key.erase(key.find_last_not_of(" \t\r\n") + 1);
    const auto caller = parts_.ring.FindKey(key);
    if (!caller || caller->role == Role::kShop) {
        ++sign_ins_.failed;
        guard_.NoteFailure(address, real);
        return RefuseSignIn(call, caller ? 403 : 401,
                            caller ? "This key is for programs, not for these pages."
                                   : "That key is not known here. Check that all of it was pasted.",
                            Millis(0));
    }
    ++sign_ins_.signed_in;
    const Instant now = parts_.clock.Now();
    const Session session = sessions_.Start(parts_.ring, caller->name, now, Lifetime(),
                                            parts_.random_bytes(kRandomBytes));
    Send(call, 303, SafeNext(call->Form("next")), sessions_.SetCookie(session, now));
}

void Pages::Core::PostSignOut(const PageCallPtr& call) {
    Send(call, 303, "/signin", sessions_.ClearCookie());
}

void Pages::Core::GetAsset(const PageCallPtr& call) {
    const auto asset = std::find_if(std::begin(kAssets), std::end(kAssets), [&](const Asset& one) {
        return one.name == call->page.path[1];
    });
    if (asset == std::end(kAssets)) {
        return Refuse(call, {.status = 404, .detail = "There is no such file."});
    }
    const std::string_view text = WebFile("gateway/pages/" + std::string(asset->name));
    const std::string tag = '"' + connectors::Sha256Hex(text).substr(0, 16) + '"';
    DoorReply reply;
    reply.headers = {{"Cache-Control", "public, max-age=0, must-revalidate"}, {"ETag", tag}};
    if (call->Header("If-None-Match") == tag) {
        reply.status = 304;
    } else {
        reply.headers.emplace_back("Content-Type", std::string(asset->type));
        reply.body = std::string(text);
    }
    call->reply(std::move(reply));
}

Pages::Pages(PageParts parts) : core_(std::make_unique<Core>(std::move(parts))) {}
Pages::~Pages() = default;

std::string Pages::Allowed(const std::vector<std::string>& path) const {
    return core_->Allowed(path);
}
bool Pages::Serves(std::string_view method, const std::vector<std::string>& path) const {
    return core_->Serves(method, path);
}
void Pages::Handle(PageRequest request, DoorReplyFunction reply) {
    core_->Handle(std::move(request), std::move(reply));
}
DoorReply Pages::Trouble(const Problem& problem) const { return core_->Trouble(problem, nullptr); }
const SignInCounters& Pages::sign_ins() const { return core_->sign_ins(); }
std::vector<std::pair<std::string_view, std::string_view>> Pages::Addresses() {
    std::vector<std::pair<std::string_view, std::string_view>> all;
    for (const Core::Route& route : Core::Routes()) all.emplace_back(route.method, route.pattern);
    return all;
}

}  // namespace returns::gateway
