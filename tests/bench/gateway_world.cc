#include "tests/bench/gateway_world.h"

#include "connectors/crypto.h"
#include "gateway/folders.h"
#include "gateway/journal.h"
#include "schemas/case_text.h"
#include "schemas/check.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sys/wait.h>
#include <unistd.h>

namespace returns::gateway {
namespace {

constexpr std::string_view kSecret = "whsec_dGVzdC1zZWNyZXQtb2Ytc2hpcGJvYg==";
constexpr std::string_view kAgentKey = "bhk_agent";
constexpr std::string_view kCallbackPath = "/v1/callbacks/3pl";
constexpr std::string_view kPublicUrl = "http://gateway.example";

Settings MakeSettings() {
    Settings settings;
    settings.public_url = kPublicUrl;
    settings.deployment_secret = "0123456789abcdef0123456789abcdef";
    settings.shops = {{"main"}};
    settings.session_hours = 8;
    settings.limits.body_bytes_max = 1 << 20;
    settings.limits.callback_bytes_max = 1 << 18;
    settings.limits.search_results_max = 50;
    settings.limits.lane_queue_max = 4096;     // these two as the product's settings have them
    settings.limits.cases_cached_max = 20000;  // when nothing is said
    ConnectionSettings partner;
    partner.name = "3pl";
    partner.connector = "logistics/shipbob";
    partner.shop = "main";
    partner.base_url = "https://3pl.example";
    const auto given = ParseJson(R"({"api_token": "token", "channel_id": "4401",
        "fulfillment_center_id": 10, "inventory": {"TEE": 730001}})");
    CHECK(given.ok());
    partner.settings = *given;
    partner.settings.Set("webhook_secret", Json::String(std::string(kSecret)));
    partner.secrets = {"api_token", "webhook_secret"};
    settings.connections = {partner};
    settings.keys = {{"agent:anna", Role::kAgent, "", "", connectors::Sha256Hex(kAgentKey)}};
    return settings;
}

std::string Order(int number) { return "O-" + std::to_string(number); }
std::string ReturnId(int number) { return "R-" + std::to_string(number); }

EventData OrderData() {
    EventData data;
    EventLine line;
    line.id = "1";
    line.sku = "TEE";
    line.quantity = 2;
    line.unit_price_minor = 2499;
    line.tax_minor = 798;
    line.tax_rate = "0.19";
    data.lines = {line};
    data.currency = "EUR";
    data.jurisdiction = "EU";
    return data;
}

EventData TenderData(int number) {
    EventData data;
    data.currency = "EUR";
    data.tender = TenderFact{"T-1", "card", "", "ch_" + std::to_string(number), 4998};
    return data;
}

EventData RequestData(int number) {
    EventData data;
    EventLine line;
    line.id = "1";
    line.quantity = 1;
    line.reason = "too_small";
    data.lines = {line};
    data.return_id = ReturnId(number);
    data.resolution = "refund";
    data.statutory = true;
    return data;
}

EventData AttemptOf(const Command& command, int number, bool done) {
    EventData data;
    data.attempt.command = command.number;
    data.attempt.number = 1;
    data.attempt.key = command.key;
    if (!done) return data;
    data.attempt.answer = "accepted";
    data.our_reference = command.reference;
    data.their_reference = std::to_string(900'000'000 + number);
    return data;
}

void Remove(const std::string& path) {
    for (const char* end : {"", "-wal", "-journal", "-shm"}) std::filesystem::remove(path + end);
}

double filled_in = 0;

}  // namespace

int BenchCases() {
    static const char* const set = std::getenv("BACKHAUL_BENCH_CASES");
    static const int cases = set == nullptr ? 100'000 : std::atoi(set);
    CHECK(cases >= 20'000 && cases % 1000 == 0);
    return cases;
}

std::string BenchFolder() {
    const char* set = std::getenv("BACKHAUL_BENCH_DIR");
    return set != nullptr ? set : std::filesystem::temp_directory_path().string();
}

std::int64_t ResidentBytes() {
    std::ifstream in("/proc/self/statm");
    std::int64_t total = 0, resident = 0;
    in >> total >> resident;
    return resident * ::sysconf(_SC_PAGESIZE);
}

GatewayWorld::GatewayWorld(std::string path) : path_(std::move(path)), settings_(MakeSettings()) {}

GatewayWorld::~GatewayWorld() { Close(false); }

double GatewayWorld::fill_seconds() { return filled_in; }

GatewayWorld& GatewayWorld::Shared() {
    static const char* const kept = std::getenv("BACKHAUL_BENCH_KEEP");
    static const std::string path = kept != nullptr ? kept
                                                    : BenchFolder() + "/backhaul-gateway-bench-" +
                                                          std::to_string(::getpid()) + ".db";
    static std::unique_ptr<GatewayWorld> world;
    if (world != nullptr) return *world;
    if (!std::filesystem::exists(path)) FillApart(path);
    std::atexit([] {
        world.reset();
        if (kept == nullptr) Remove(path);
    });
    world = std::make_unique<GatewayWorld>(path);
    return *world;
}

void GatewayWorld::FillApart(const std::string& path) {
    int told[2];
    CHECK(::pipe(told) == 0);
    const pid_t child = ::fork();
    CHECK(child >= 0);
    if (child == 0) {
        GatewayWorld filling(path + ".part");
        filling.Open();
        const auto start = std::chrono::steady_clock::now();
        filling.Fill();
        const double took =
            std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        CHECK(::write(told[1], &took, sizeof took) == sizeof took);
        filling.FillByCopies(kFilledByEngine, BenchCases());
        filling.Close(true);
        ::_exit(0);
    }
    int status = 0;
    CHECK(::waitpid(child, &status, 0) == child && status == 0);
    CHECK(::read(told[0], &filled_in, sizeof filled_in) == sizeof filled_in);
    std::filesystem::rename(path + ".part", path);
}

void GatewayWorld::Open() {
    run_ = std::to_string(clock_.Now().time_since_epoch().count()) + "-";
    const auto files = ReadDefinitionFiles(BACKHAUL_SOURCE_DIR "/workflows");
    CHECK(files.ok());
    auto loaded = Definitions::Load(*files, "en");
    CHECK(loaded.ok());
    definitions_ = std::move(*loaded);
    auto made = Connections::Make(settings_, [](const std::string& name) {
        return ReadConnectorFolder(BACKHAUL_SOURCE_DIR "/connectors/" + name);
    });
    CHECK(made.ok());
    connections_ = std::move(*made);
    auto opened = SqliteStore::Open(path_);
    CHECK(opened.ok());
    store_ = std::move(*opened);
    std::map<std::string, std::string> facts;
    CHECK(definitions_->Remember(*store_, facts).ok());
    workflows::Rulebook& book = definitions_->book();
    book.connections = connections_->Facts();
    book.routes = connections_->routes();
    book.mint_key = [this](const CaseKey& key, std::int64_t command) {
        return MintKey(settings_.deployment_secret, 1, key, command);
    };
    EngineOptions options;
    options.queue_max = static_cast<std::size_t>(settings_.limits.lane_queue_max);
    options.cases_cached_max = static_cast<std::size_t>(settings_.limits.cases_cached_max);
    options.personal_secret = "personal";
    engine_ = std::make_unique<Engine>(*store_, *store_, clock_, random_, book, options);
    for (const auto& [name, value] : facts) engine_->Note(name, value);
    api_ = std::make_unique<Api>(ApiParts{*engine_, *connections_, clock_, settings_});
}

void GatewayWorld::Close(bool clean) {
    if (clean) engine_->Rest(true);
    api_.reset();
    engine_.reset();
    store_.reset();
    connections_.reset();
    definitions_.reset();
}

void GatewayWorld::Submit(EventType type, int number, EventData data) {
    Input input;
    input.event.type = type;
    input.event.key = {"main", Order(number)};
    input.event.source = "kafka:orders";
    input.event.source_id = run_ + std::to_string(++said_);
    input.event.occurred_at = clock_.Now();
    input.event.data = std::move(data);
    CHECK(engine_->Submit(std::move(input)));
}

void GatewayWorld::Drain() {
    while (engine_->Step()) engine_->Rest();
    CHECK(!engine_->failed());
}

void GatewayWorld::Scan(int number) {
    EventData data;
    data.return_id = ReturnId(number);
    Submit(EventType::kParcelScanned, number, std::move(data));
}

void GatewayWorld::FillPart(int first, int end) {
    for (int number = first; number < end; ++number) {
        Submit(EventType::kOrderPlaced, number, OrderData());
        Submit(EventType::kOrderCaptured, number, TenderData(number));
        Submit(EventType::kReturnRequested, number, RequestData(number));
    }
    Drain();
    // What the dispatcher would report of the announcement to the partner.
    const Engine::Outbox outbox = engine_->TakeOutbox();
    CHECK(static_cast<int>(outbox.put.size()) == end - first);
    for (const OutboxRow& row : outbox.put) {
        const int number = std::atoi(row.key.order_id.c_str() + 2);
        Submit(EventType::kAttemptStarted, number, AttemptOf(row.command, number, false));
        Submit(EventType::kAttemptDone, number, AttemptOf(row.command, number, true));
        Scan(number);
    }
    Drain();
    engine_->TakeOutbox();
}

void GatewayWorld::Fill() {
    constexpr int kPart = 1000;
    for (int first = 0; first < kFilledByEngine; first += kPart) FillPart(first, first + kPart);
    const EngineCounters& counters = engine_->counters();
    CHECK(counters.decided == std::int64_t{kFilledByEngine} * kFillEvents);
    CHECK(counters.refused + counters.ignored + counters.quarantined + counters.parked == 0);
}

// The rows and states of one case made by the engine, written for each number under its names: what
// the engine would have written, at a fraction of the time.
void GatewayWorld::FillByCopies(int first, int end) {
    static constexpr int kModel = 777'777'777;
    constexpr int kTogether = 50;
    std::vector<JournalRow> rows;
    std::vector<std::string> states;
    FillPart(kModel, kModel + 1);
    engine_->Rest(true);
    Case state = store_->Load({"main", Order(kModel)}).value().value();
    const std::vector<Seen> seen = state.seen;
    state = Case();
    for (const Seen& each : seen) {
        rows.push_back(store_->Row(each.journal).value().value());
        CHECK(Replay(state, rows.back()).ok());
        AppendCase(state, states.emplace_back());
    }
    const auto named = [](std::string text, int number) {
        const std::pair<int, int> names[] = {{900'000'000 + kModel, 900'000'000 + number},
                                             {kModel, number}};
        for (const auto& [from, to] : names) {
            const std::string old = std::to_string(from), fresh = std::to_string(to);
            for (std::size_t at = text.find(old); at != std::string::npos; at = text.find(old, at))
                text.replace(at, old.size(), fresh);
        }
        return text;
    };
    for (int part = first; part < end; part += kTogether) {
        Batch batch;
        for (int number = part; number < std::min(part + kTogether, end); ++number) {
            for (std::size_t at = 0; at < rows.size(); ++at) {
                CaseChange& change = batch.changes.emplace_back();
                change.after = ReadCase(named(states[at], number)).value();
                change.after.chain.clear();
                for (Seen& each : change.after.seen) each.journal = 0;
                change.version_before = change.after.version - 1;
                change.row.key = change.after.key;
                change.row.fingerprint = rows[at].fingerprint;
                change.row.body = named(rows[at].body, number);
            }
            batch.changes.back().lookups = {
                {LookupKind::kReturn, "main", ReturnId(number)},
                {LookupKind::kReturn, "3pl", ReturnId(number)},
                {LookupKind::kOurReference, "main", ReturnId(number)},
                {LookupKind::kTheirReference, "3pl", std::to_string(900'000'000 + number)}};
        }
        CHECK(store_->Commit(batch).value() == CommitOutcome::kDone);
        std::vector<const Case*> last;
        for (std::size_t at = rows.size() - 1; at < batch.changes.size(); at += rows.size())
            last.push_back(&batch.changes[at].after);
        CHECK(store_->Snapshot(last).ok());
    }
}

int GatewayWorld::NextArrival() {
    const auto cases = static_cast<std::uint64_t>(BenchCases());
    if (arrivals_ == 0) arrivals_ = static_cast<std::int64_t>(random_.Next() % cases);
    return static_cast<int>(++arrivals_ * 7919 % BenchCases());  // 7919 is prime to the count
}

DoorRequest GatewayWorld::StatusQuery(int number) const {
    DoorRequest request;
    request.method = "GET";
    request.path = "/v1/returns/" + ReturnId(number);
    request.headers = {{"Authorization", "Bearer " + std::string(kAgentKey)}};
    return request;
}

DoorRequest GatewayWorld::Callback(int number) {
    DoorRequest request;
    request.method = "POST";
    request.path = kCallbackPath;
    request.body = R"({"id":)" + std::to_string(900'000'000 + number) + R"(,"reference_id":")" +
                   ReturnId(number) +
                   R"(","store_order_id":"4711","status":"Arrived","return_type":"Regular",)"
                   R"("tracking_number":"9400)" +
                   std::to_string(number) +
                   R"(","customer_name":"Test shop",)"
                   R"("insert_date":"2026-02-20T08:00:00Z","inventory":[{"id":730001,)"
                   R"("name":"Tee","quantity":1,"action_requested":{"action":"Restock"},)"
                   R"("action_taken":[]}]})";
    const auto& recipe = connections_->Find("3pl")->connector->manifest().callbacks->recipe;
    const std::string url = std::string(kPublicUrl) + std::string(kCallbackPath);
    auto headers = recipe.Sign("msg_" + run_ + std::to_string(++said_), SystemClock::Wall(),
                               {"POST", url, kCallbackPath, nullptr, request.body}, kSecret);
    CHECK(headers.ok());
    request.headers = std::move(*headers);
    request.headers.emplace_back("Content-Type", "application/json");
    request.headers.emplace_back("x-webhook-topic", "return.updated");
    return request;
}

int GatewayWorld::Ask(DoorRequest request) {
    const auto answer = std::make_shared<DoorReply>();
    answer->status = 0;
    api_->Handle(std::move(request), [answer](DoorReply reply) { *answer = std::move(reply); });
    Drain();
    return answer->status;
}

}  // namespace returns::gateway
