#include "gateway/app.h"

#include "gateway/advances.h"
#include "gateway/anchor_sender.h"
#include "gateway/api.h"
#include "gateway/app_readers.h"
#include "gateway/app_threads.h"
#include "gateway/authorities.h"
#include "gateway/backups.h"
#include "gateway/connector_reload.h"
#include "gateway/dispatcher.h"
#include "gateway/fetched_keys.h"
#include "gateway/file_drop.h"
#include "gateway/folders.h"
#include "gateway/http_client.h"
#include "gateway/http_door.h"
#include "gateway/intake.h"
#include "gateway/kafka_bus.h"
#include "gateway/kafka_settings.h"
#include "gateway/lane_parts.h"
#include "gateway/line_file.h"
#include "gateway/log.h"
#include "gateway/missing_orders.h"
#include "gateway/money_days.h"
#include "gateway/poller.h"
#include "gateway/publisher.h"
#include "gateway/reconciliation.h"
#include "gateway/retention.h"
#include "gateway/switches.h"
#include "gateway/timers.h"

#include <atomic>
#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <mutex>
#include <thread>
#include <unistd.h>

namespace returns::gateway {
namespace {

constexpr Millis kNap{20};          // the longest the lane sleeps: the bus wakes nobody
constexpr Millis kRestAfter{3000};  // idle this long: write snapshots
// Threads that read callbacks. The second keeps reading while a mapping runs away with the first.
constexpr int kReaders = 2;

std::atomic<int> stop_signals{0};
std::atomic<bool> reload_asked{false};

void OnStop(int) {
    if (++stop_signals > 1) _exit(3);  // told twice: at once; every step so far is durable
}

void OnReload(int) { reload_asked = true; }

void OnDrainTimeout(int) { _exit(3); }

// What is too long to be taken is not sent on either.
PublisherTopics Topics(const Settings& settings) {
    PublisherTopics topics{settings.kafka.status_topic, settings.kafka.rejected_topic};
    topics.whole_bytes_max = std::min(topics.whole_bytes_max,
                                      static_cast<std::size_t>(settings.limits.message_bytes_max));
    topics.link = settings.public_url;
    while (topics.link.ends_with('/')) topics.link.pop_back();
    return topics;
}

HttpClientOptions CallOptions(const Settings& settings) {
    HttpClientOptions options;
    options.workers = CallsAtOnce(settings);
    options.ca_file = settings.client_ca_file;
    for (const ConnectionSettings& each : settings.connections)
        options.allow_plain_http = options.allow_plain_http || each.allow_plain_http;
    return options;
}

DoorOptions ListenOptions(const Settings& settings) {
    const ListenSettings& listen = settings.listen;
    DoorOptions options;
    options.host = listen.host;
    options.port = static_cast<int>(listen.port);
    options.connections_max = static_cast<int>(listen.connections_max);
    options.connections_per_peer_max = static_cast<int>(listen.connections_per_peer_max);
    options.held_bytes_max = listen.held_mib_max << 20;
    options.proxies = listen.proxies;
    options.body_bytes_max = settings.limits.body_bytes_max;
    options.body_limits = {{"/v1/callbacks/", settings.limits.callback_bytes_max}};
    options.read_timeout_ms = static_cast<int>(listen.read_timeout_ms);
    options.idle_timeout_ms = static_cast<int>(listen.idle_timeout_ms);
    options.reply_timeout_ms = static_cast<int>(listen.reply_timeout_ms);
    return options;
}

}  // namespace

class App::Core {
public:
    Core(const Settings& given, Reread again)
        : settings(given),
          keep(KeepFolder(given.database), given.limits.callbacks_kept_mib, given.limits.raw_days),
          reread(std::move(again)) {}

    Status Build();
    Status BuildBus();
    Status BuildKeys();
    Status BuildLedger();
    Status BuildUpkeep();
    void BuildApi();
    void BuildReload();
    int Run();

    const Settings settings;
    CallbackKeep keep;
    const Reread reread;
    Mailbox mailbox;
    std::unique_ptr<LaneParts> lane;
    Engine* engine = nullptr;  // the lane's
    std::unique_ptr<KafkaBus> bus;
    CertificateEnds certificates;
    std::unique_ptr<HttpClientAdapter> client;
    std::unique_ptr<HttpClientAdapter> key_client;  // a slow partner holds up no keys
    std::unique_ptr<FetchedKeys> fetched_keys;
    std::unique_ptr<Publisher> publisher;
    std::unique_ptr<Switches> switches;
    std::unique_ptr<Dispatcher> dispatcher;
    std::unique_ptr<MissingOrders> missing;
    std::unique_ptr<Timers> timers;
    std::unique_ptr<Poller> poller;
    std::unique_ptr<Retention> retention;
    std::unique_ptr<MoneyDays> money;
    std::unique_ptr<AppendedFile> anchors_file;
    std::unique_ptr<AnchorSender> anchors;
    std::unique_ptr<Intake> intake;
    std::unique_ptr<FileDrops> drops;
    std::unique_ptr<Reconciliation> reconciliation;
    std::unique_ptr<Advances> advances;
    std::unique_ptr<Backups> backups;
    std::unique_ptr<ConnectorReload> reload;
    std::unique_ptr<Api> api;
    std::vector<CallbackReader> callback_readers;
    // What calls in on threads of its own comes last: it stops first, the watchdog after those it
    // watches.
    std::unique_ptr<Watchdog> watchdog;
    std::unique_ptr<Readers> readers;
    std::unique_ptr<HttpDoor> door;
    Beside beside;  // ends before what it works on

private:
    std::vector<connectors::Connector*> Watched();
    void Post(Arrival arrival);
    bool Answer();
    bool Round();
    bool Quiet() const;
    void Drain();
};

Status App::Core::Build() {
    ASSIGN_OR_RETURN(lane, LaneParts::Open(settings, LaneOptions(settings)));
    engine = lane->engine.get();
    SqliteStore& store = *lane->store;
    SystemClock& clock = lane->clock;
    Connections& connections = *lane->connections;
    HttpClientOptions options = CallOptions(settings);
    options.trace = [this](const HttpTrace& trace) { certificates.Note(trace); };
    ASSIGN_OR_RETURN(client,
                     HttpClientAdapter::Make(std::move(options), [this] { mailbox.Wake(); }));
    RETURN_IF_ERROR(BuildKeys());
    RETURN_IF_ERROR(BuildBus());
    publisher = std::make_unique<Publisher>(*engine, bus.get(), Topics(settings));
    RETURN_IF_ERROR(engine->Recover());
    RETURN_IF_ERROR(publisher->Recover(store));
    switches = std::make_unique<Switches>(*engine, clock, connections);
    RETURN_IF_ERROR(switches->Recover(store));
    dispatcher = std::make_unique<Dispatcher>(*engine, *client, *publisher, clock, lane->random,
                                              connections);
    RETURN_IF_ERROR(dispatcher->Recover(store));
    poller = std::make_unique<Poller>(*engine, clock, connections, *dispatcher);
    missing = std::make_unique<MissingOrders>(*engine, clock, settings.limits.missing_tickets_max);
    timers = std::make_unique<Timers>(*engine, store, clock, *missing);
    retention = std::make_unique<Retention>(*engine, clock, settings.limits.raw_days);
    if (bus != nullptr)
        intake = std::make_unique<Intake>(*engine, *bus, clock, connections, settings.kafka,
                                          settings.limits.message_bytes_max);
    ASSIGN_OR_RETURN(drops, FileDrops::Open(*engine, clock, connections, settings));
    RETURN_IF_ERROR(BuildLedger());
    RETURN_IF_ERROR(BuildUpkeep());
    BuildReload();
    BuildApi();
    for (int i = 0; i < kReaders; ++i) callback_readers.push_back(api->callback_reader().Twin());
    watchdog = std::make_unique<Watchdog>(Watched());
    readers = std::make_unique<Readers>(callback_readers, mailbox);
    DoorOptions listen = ListenOptions(settings);
    listen.refused = [this](DoorRequest request) {
        if (CallbackReader::IsCallback(request))
            mailbox.Post({std::move(request), [](DoorReply) {}, {}});
    };
    ASSIGN_OR_RETURN(door, HttpDoor::Open(std::move(listen),
                                          [this](DoorRequest request, DoorReplyFunction reply) {
                                              Post({std::move(request), std::move(reply), {}});
                                          }));
    return {};
}

std::vector<connectors::Connector*> App::Core::Watched() {
    std::vector<connectors::Connector*> watched = lane->connections->connectors();
    for (CallbackReader& reader : callback_readers)
        for (connectors::Connector* connector : reader.own_connectors())
            watched.push_back(connector);
    return watched;
}

void App::Core::BuildReload() {
    ConnectorReload::Ports ports;
    ports.read_folder = [folders = ConnectorFolders(settings)](const std::string& name) {
        return ReadConnectorFolder(folders + "/" + name);
    };
    ports.watch.connector = [this](connectors::Connector* tested) { watchdog->Also(tested); };
    ports.start = [this](std::function<void()> work) { beside.Start(std::move(work)); };
    ports.ended = [this] { return beside.ended(); };
    ports.swap = [this](const std::function<void()>& change) {
        readers->WhileQuiet([&] {
            watchdog->Watch({});  // looks at none that is about to go
            change();
            for (CallbackReader& reader : callback_readers) reader.Renew();
            watchdog->Watch(Watched());
        });
    };
    ports.changed = [this] { api->LookAtWaiting(); };
    reload = std::make_unique<ConnectorReload>(settings, *lane->connections,
                                               lane->definitions->book(), std::move(ports));
}

Status App::Core::BuildKeys() {
    HttpClientOptions options = CallOptions(settings);
    options.workers = 2;
    options.allow_plain_http = false;
    options.trace = [this](const HttpTrace& trace) { certificates.Note(trace); };
    ASSIGN_OR_RETURN(key_client,
                     HttpClientAdapter::Make(std::move(options), [this] { mailbox.Wake(); }));
    std::string trusted;
    for (const connectors::Connector* each : lane->connections->connectors()) {
        const auto& callbacks = each->manifest().callbacks;
        if (!callbacks || !callbacks->recipe.fetches_certificates() || !trusted.empty()) continue;
        ASSIGN_OR_RETURN(trusted, TrustedAuthorities(settings.client_ca_file));
    }
    fetched_keys = std::make_unique<FetchedKeys>(*key_client, lane->clock, *lane->connections,
                                                 settings.fetched_keys, std::move(trusted));
    return {};
}

void App::Core::Post(Arrival arrival) {
    if (CallbackReader::IsCallback(arrival.request))
        readers->Post(std::move(arrival));
    else
        mailbox.Post(std::move(arrival));
}

Status App::Core::BuildLedger() {
    ASSIGN_OR_RETURN(BookDays days, BookDaysOf(settings, lane->definitions->book().calendars));
    money = std::make_unique<MoneyDays>(*engine, lane->clock, std::move(days),
                                        settings.limits.money_listed_max);
    RETURN_IF_ERROR(money->Recover(*lane->store));
    AnchorPlaces places;
    if (!settings.ledger.anchors_file.empty()) {
        anchors_file = std::make_unique<AppendedFile>(settings.ledger.anchors_file);
        places.file = anchors_file.get();
    }
    if (bus != nullptr) places.topic = settings.kafka.anchors_topic;
    places.every = std::chrono::seconds(settings.ledger.anchors_seconds);
    anchors = std::make_unique<AnchorSender>(*engine, *publisher, lane->clock, places);
    return anchors->Recover(*lane->store);
}

Status App::Core::BuildUpkeep() {
    std::function<bool()> caught_up;
    if (bus != nullptr) caught_up = [this] { return bus->Health().caught_up; };
    reconciliation = std::make_unique<Reconciliation>(
        *engine, lane->clock, lane->definitions->book(), std::move(caught_up));
    advances = std::make_unique<Advances>(*engine, lane->definitions->book());
    dispatcher->HoldMoneyWhile([this] { return reconciliation->CatchingUp(); });
    dispatcher->OnDoubt([](const Command& command, const std::string& reason,
                           const std::string& trace_id) {
        Log(LogLevel::kWarn, "attempt",
            command.operation + " on " + command.connection + " is in doubt: " + reason, trace_id);
    });
    if (reconciliation->open())
        Log(LogLevel::kWarn, "restore",
            "restored from a backup at " + FormatInstant(reconciliation->restored_at()) +
                ": refunds of older orders are looked up before money leaves, until a person "
                "ends "
                "it; see GET /v1/reconciliation");
    for (const std::string& line : lane->unproven) Log(LogLevel::kWarn, "money_proof", line);
    std::string folder = settings.backup_folder;
    if (folder.empty())
        folder = (std::filesystem::path(settings.database).parent_path() / "backups").string();
    backups = std::make_unique<Backups>(*engine, *lane->store, lane->clock, std::move(folder));
    return backups->Recover(*lane->store);
}

void App::Core::BuildApi() {
    ApiParts parts{*engine, *lane->connections, lane->clock, settings};
    parts.dispatcher = dispatcher.get();
    parts.switches = switches.get();
    parts.poller = poller.get();
    parts.intake = intake.get();
    if (bus != nullptr) parts.publisher = publisher.get();
    parts.timers = timers.get();
    parts.money = money.get();
    parts.anchors = anchors.get();
    if (!drops->empty()) parts.drops = drops.get();
    parts.reconciliation = reconciliation.get();
    parts.backups = backups.get();
    parts.reload = reload.get();
    parts.keep = &keep;
    parts.fetched_keys = fetched_keys.get();
    parts.store = [this] { return lane->store->Figures(); };
    parts.mappings_stopped = [this] { return watchdog ? watchdog->stopped() : 0; };
    parts.started_at = SystemClock::Wall();
    parts.door = [this] { return door ? door->Counters() : DoorCounters(); };
    parts.callbacks_queued = [this] { return readers ? readers->waiting() : 0; };
    parts.bus_trouble = [this] {
        if (bus == nullptr) return std::string();
        const KafkaHealth health = bus->Health();
        return health.good ? std::string() : health.text;
    };
    if (bus != nullptr) {
        parts.partitions_stopped = [this] { return bus->Health().stopped; };
        parts.bus_errors = [this] { return bus->Health().errors; };
    }
    parts.certificates = [this] { return certificates.Read(); };
    parts.wall = SystemClock::Wall;
    parts.reread = reread;
    api = std::make_unique<Api>(std::move(parts));
}

Status App::Core::BuildBus() {
    if (settings.kafka.brokers.empty()) return {};
    KafkaOffsets offsets;
    offsets.load = [this] { return lane->store->Offsets(); };
    offsets.save = [this](const std::vector<TopicOffset>& begun) -> Status {
        for (const TopicOffset& offset : begun) engine->Note(offset);
        engine->Step();
        if (engine->failed()) return Error{Code::kInternal, engine->failure()};
        return {};
    };
    ASSIGN_OR_RETURN(bus, KafkaBus::Open(KafkaOptionsOf(settings.kafka), std::move(offsets)));
    engine->OnPositions([this](const std::vector<TopicOffset>& read) { bus->Committed(read); });
    return {};
}

bool App::Core::Answer() {
    bool worked = false;
    for (auto& [request, reply, read] : mailbox.Take()) {
        api->Handle(std::move(request), std::move(reply), std::move(read));
        worked = true;
    }
    return worked;
}

// Whoever asks waits for one part of it, not for the round.
bool App::Core::Round() {
    bool worked = Answer();
    if (intake != nullptr) worked = intake->Step() || worked;
    worked = drops->Step() || worked;
    worked = timers->Step() || worked;
    if (!timers->held()) worked = retention->Step() || worked;
    worked = dispatcher->Step() || worked;
    if (fetched_keys->Step()) {
        readers->UseKeys(fetched_keys->sets());
        worked = true;
    }
    worked = Answer() || worked;
    worked = engine->Step() || worked;
    worked = Answer() || worked;
    worked = publisher->Step() || worked;
    worked = money->Step() || worked;
    worked = anchors->Step() || worked;
    worked = poller->Step() || worked;
    worked = reconciliation->Step() || worked;
    worked = backups->Step() || worked;
    if (reload_asked.exchange(false)) reload->Ask({});
    worked = reload->Step() || worked;
    return worked;
}

bool App::Core::Quiet() const {
    return engine->queued() == 0 && dispatcher->in_flight() == 0 && door->InFlight() == 0;
}

void App::Core::Drain() {
    std::signal(SIGALRM, OnDrainTimeout);
    alarm(static_cast<unsigned>(settings.drain_seconds) + 3);
    door->StopAccepting();
    api->Drain();
    dispatcher->Drain();
    if (intake != nullptr) intake->Stop();
    drops->Stop();
    const Millis end = lane->clock.Monotonic() +
                       std::chrono::seconds(settings.drain_seconds) * settings.time_factor;
    while (!Quiet() && lane->clock.Monotonic() < end) {
        if (!Round()) mailbox.Wait(kNap);
    }
    Round();
    money->Finish();
    anchors->Finish();
    engine->Step();
    engine->Rest(true);
    if (bus != nullptr) bus->Close();
    door->Stop();
    alarm(0);
}

int App::Core::Run() {
    std::signal(SIGTERM, OnStop);
    std::signal(SIGINT, OnStop);
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGHUP, OnReload);
    Millis worked_at = lane->clock.Monotonic();
    bool told = false;
    while (stop_signals == 0) {
        if (Round()) {
            worked_at = lane->clock.Monotonic();
            engine->Rest();
            continue;
        }
        if (engine->failed() && !told) {
            Log(LogLevel::kError, "store",
                engine->failure() + "; nothing more is taken in: mend it and restart");
            told = true;
        }
        const bool idle = lane->clock.Monotonic() - worked_at > kRestAfter * settings.time_factor;
        if (idle) {
            engine->Rest(true);
            worked_at = lane->clock.Monotonic();
        }
        const bool counting = advances->Fill();
        if (!api->Step() && !counting) mailbox.Wait(kNap);
    }
    Log(LogLevel::kInfo, "stop", "stopping: finishing what is under way");
    Drain();
    Log(LogLevel::kInfo, "stop", engine->failed() ? "stopped; the store had failed" : "stopped");
    return engine->failed() ? 1 : 0;
}

App::App(std::unique_ptr<Core> core) : core_(std::move(core)) {}
App::~App() = default;

Result<std::unique_ptr<App>> App::Open(const Settings& settings, Reread reread) {
    auto core = std::make_unique<Core>(settings, std::move(reread));
    RETURN_IF_ERROR(core->Build());
    return std::unique_ptr<App>(new App(std::move(core)));
}

int App::port() const { return core_->door->port(); }
int App::Run() { return core_->Run(); }

}  // namespace returns::gateway
