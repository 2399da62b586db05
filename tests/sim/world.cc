#include "tests/sim/world.h"

#include "connectors/crypto.h"
#include "schemas/check.h"
#include "tests/sim/node.h"
#include "workflows/routes.h"

#include <algorithm>

namespace returns::sim {
namespace {

constexpr Millis kFaultyDays = 21 * kDay;
constexpr Millis kCalmDays = 60 * kDay;
constexpr std::int64_t kLargeMinor = 3000;  // where money needs two persons' word
constexpr int kStepsMax = 2'000;            // at one moment: beyond, the parts keep each other busy

}  // namespace

// A callback until it has been answered; partners call again.
struct World::Delivery {
    Call call;
    int waiting = 0;  // events of it not yet answered
    bool taken = false;
};

World::World(std::uint64_t seed, Kit& kit, std::vector<std::string>* trace)
    : scene_(seed),
      kit_(kit),
      provider_(scene_,
                [this](Call call) {
                    auto delivery = std::make_shared<Delivery>(Delivery{std::move(call)});
                    const Millis late = scene_.Strikes(Fault::kCallbackLate)
                                            ? scene_.chance.Span(kMinute, 3 * kDay)
                                            : scene_.chance.Span(Millis(1), Millis(4000));
                    scene_.After(late, [this, delivery] { Deliver(delivery); });
                    if (scene_.Strikes(Fault::kCallbackTwice))
                        scene_.After(late + scene_.chance.Span(Millis(0), kDay), [this, delivery] {
                            Deliver(std::make_shared<Delivery>(Delivery{delivery->call}));
                        });
                }),
      warehouse_(scene_, provider_.call_back(), "3pl"),
      annex_(scene_, provider_.call_back(), "3pl-b"),
      desk_(scene_, provider_.call_back()),
      shop_(scene_, topics_, provider_),
      partners_{{"sim://psp", &provider_},
                {"sim://3pl", &warehouse_},
                {"sim://3pl-b", &annex_},
                {"sim://desk", &desk_}} {
    scene_.trace = trace;
    DrawRates(scene_);
    checker_ = std::make_unique<Checker>(
        scene_, Books{database_, topics_, provider_, shop_, warehouse_, annex_, desk_});
    provider_.on_paid = [this](const Payment& payment) { checker_->OnPaid(payment); };
    provider_.key_window = kit_.plant.provider_key_window;
    kit_.rules.policy.advance.on = "scanned";
    kit_.rules.policy.advance.up_to = {{"EUR", kAheadMinor}};
    SetModes(seed);
    SetRoutes(seed);
    SetPolling(seed);
    const std::size_t nodes = scene_.chance.PerMille(300) ? 2 : 1;
    nodes_.resize(nodes);
    for (std::size_t at = 0; at < nodes; ++at) Restart(at);
    const std::int64_t orders = scene_.chance.Between(1, 2);
    for (std::int64_t n = 0; n < orders; ++n)
        scene_.After(scene_.chance.Span(Millis(0), 2 * kDay), [this] { shop_.Sell(); });
    for (int day = 1; day <= 18; day += 3) scene_.After(day * kDay, [this] { Act(); });
    if (scene_.rates[static_cast<std::size_t>(Fault::kPersonOnMoney)] > 0)
        for (int day = 3; day <= 20; ++day) scene_.After(day * kDay, [this] { ActOnMoney(); });
    provider_.answers_later = seed % 9 == 4;
}

World::~World() = default;

// In one world of seven the payment connection asks first; in one of eleven the shop tells of its
// orders late, and half of those give no order a ticket of its own. The seed alone says so, not a
// draw: all other worlds stay as they are.
void World::SetModes(std::uint64_t seed) {
    shop_.late = seed % 11 == 5;
    kit_.missing_tickets_max = static_cast<std::int64_t>(seed / 11 % 2);
    const bool asks = seed % 7 == 3;
    ConnectionSettings& psp = kit_.connections->Find("psp")->settings;
    psp.mode = asks && !kit_.plant.forgets_to_ask ? ConnectionMode::kAsk : ConnectionMode::kAct;
    psp.approve_above_minor = psp.mode == ConnectionMode::kAsk ? kLargeMinor : 0;
    if (!asks) return;
    checker_->AskAbove(kLargeMinor);
    scene_.After(kMinute, [this] { Approve(); });
}

// In one world of eleven the warehouses have to be asked: of half of these no callback arrives. In
// one of thirteen they let in tokens alone.
void World::SetPolling(std::uint64_t seed) {
    const bool asks = seed % 11 == 7;
    const bool tokens = seed % 13 == 5;
    warehouse_.deaf = annex_.deaf = asks && seed / 11 % 2 == 1;
    warehouse_.wants_tokens = annex_.wants_tokens = tokens;
    if (asks) checker_->ExpectHeard();
    connectors::Connector* plain = kit_.connections->FindConnector("logistics/shipbob");
    for (const char* name : {"3pl", "3pl-b"}) {
        Connection& connection = *kit_.connections->Find(name);
        connection.settings.poll_after_minutes = asks && !kit_.plant.never_asks ? 360 : 0;
        connection.connector = tokens ? kit_.with_tokens.get() : plain;
    }
}

// In one world of five returns go to two warehouses by the law that holds, and for the third law
// the rule is missing until somebody adds it.
void World::SetRoutes(std::uint64_t seed) {
    auto& routes = kit_.book.routes;
    routes.clear();
    if (seed % 5 != 1) return;
    const auto rule = [](const std::string& name, const std::string& to, const std::string& law) {
        workflows::RouteRule made;
        made.name = name;
        made.kind = "logistics";
        made.connection = to;
        made.shop = "main";
        if (!law.empty()) made.when["jurisdiction"] = {law};
        return made;
    };
    routes = {rule("islands", "3pl-b", "UK"), rule("union", "3pl", "EU")};
    scene_.After(8 * kDay, [this, rest = rule("rest", "3pl-b", "")] {
        kit_.book.routes.push_back(rest);
        LookAtAll();
    });
}

// As a start under other settings does; again, in case a crash loses it.
void World::LookAtAll() {
    for (const auto& [key, row] : database_.cases)
        if (workflows::ParkingIsOld(row.subject, kit_.book))
            static_cast<void>(nodes_.front()->engine().Submit(LookAgain(key, scene_.clock.Now())));
    scene_.After(kHour, [this] { LookAtAll(); });
}

// Persons let go what waits for their word; to say so again is the same event again.
void World::Approve() {
    for (const auto& [key, row] : database_.cases)
        for (const Command& command : row.subject.commands) {
            if (command.connection != "psp" || command.state != CommandState::kWaiting) continue;
            Envelope event;
            event.type = EventType::kAction;
            event.key = key;
            event.data.action = "approve_command";
            event.data.subject = command.number;
            for (const std::string by : {"anna", "omar"}) {
                event.data.by = by;
                event.source = "key:" + by;
                event.source_id = "approve-" + std::to_string(command.number);
                event.occurred_at = scene_.clock.Now();
                Input input;
                input.event = event;
                static_cast<void>(nodes_.front()->engine().Submit(std::move(input)));
            }
        }
    scene_.After(20 * kMinute, [this] { Approve(); });
}

void World::Restart(std::size_t at) {
    nodes_[at].reset();
    nodes_[at] = std::make_unique<Node>(scene_, kit_, database_, topics_, partners_, *checker_,
                                        at == reader_);
}

void World::Run() {
    RunUntil(kFaultyDays);
    End();
}

void World::RunWithRestore() {
    RunUntil(scene_.chance.Span(kDay, 14 * kDay));
    MemoryDatabase backup = database_;
    RunUntil(scene_.clock.Monotonic() + scene_.chance.Span(kHour, 6 * kDay));
    Restore(std::move(backup));
    RunUntil(kFaultyDays);
    End();
}

void World::Restore(MemoryDatabase backup) {
    scene_.Trace("restored from a backup");
    for (auto& node : nodes_) node.reset();
    if (nodes_.size() > 1) nodes_.pop_back();  // one reads the topic again, as after a real restore
    reader_ = 0;
    database_ = std::move(backup);
    ++kit_.book.generation;
    kit_.book.restore = {!kit_.plant.forgets_restore, scene_.clock.Now()};
    checker_->ForgetHistory();
    Restart(0);
    scene_.After(6 * kDay, [this] { Confirm(); });
}

// What nobody can look up: by now the shop has told of all it was asked for before.
void World::Confirm() {
    for (const auto& [key, row] : database_.cases)
        for (const Command& command : row.subject.commands) {
            if (!command.confirm || command.state != CommandState::kWaiting) continue;
            Envelope event;
            event.type = EventType::kAction;
            event.key = key;
            event.data.action = "approve_command";
            event.data.subject = command.number;
            event.data.by = "omar";
            event.source = "key:omar";
            event.source_id = "confirm-" + std::to_string(command.number);
            event.occurred_at = scene_.clock.Now();
            Input input;
            input.event = event;
            static_cast<void>(nodes_.front()->engine().Submit(std::move(input)));
        }
    scene_.After(20 * kMinute, [this] { Confirm(); });
}

void World::End() {
    scene_.healed = true;
    scene_.Trace("faults stop");
    RunUntil(kFaultyDays + kCalmDays);
    // What happened in the last moment may still be on its way out.
    for (int more = 0; more < 20 && !checker_->AllPublished(); ++more)
        RunUntil(scene_.clock.Monotonic() + kMinute);
    if (scene_.violations.empty()) checker_->AtEnd();
}

void World::RunUntil(Millis end) {
    while (scene_.violations.empty()) {
        if (Turn()) {
            if (++steps_here_ < kStepsMax) continue;
            scene_.Violate("livelock", "work never ends, and nothing comes of it");
            return;
        }
        if (scene_.clock.Monotonic() >= end) return;
        steps_here_ = 0;
        Advance(end);
    }
}

bool World::Turn() {
    bool worked = scene_.RunPlanned();
    shop_.Step();
    const auto first = static_cast<std::size_t>(scene_.chance.Next() % nodes_.size());
    for (std::size_t n = 0; n < nodes_.size(); ++n)
        worked = StepNode((first + n) % nodes_.size()) || worked;
    return worked;
}

bool World::StepNode(std::size_t at) {
    bool worked = false;
    bool dead = false;
    try {
        worked = nodes_[at]->Step();
    } catch (const Crash&) {
        dead = true;
        scene_.Trace("crash");
    }
    if (!dead && !nodes_[at]->failed()) return worked;
    if (nodes_.size() > 1 && scene_.chance.PerMille(300)) {
        // Another one reads the topic from here on: both begin anew where the database says.
        reader_ = 1 - reader_;
        Restart(1 - at);
    }
    Restart(at);
    return true;
}

// On to the next thing that can happen.
void World::Advance(Millis end) {
    const Millis now = scene_.clock.Monotonic();
    Millis next = std::min(scene_.NextPlanned(), end);
    for (const auto& node : nodes_) {
        const Instant due = node->NextDue();
        if (due == kNever) continue;
        // Due and yet idle: held by a limit or a clock that jumped; look again soon.
        next = std::min(next, std::max(scene_.clock.ToMonotonic(due), now + kMinute));
    }
    scene_.clock.MoveTo(std::max(next, now + Millis(1)));
    if (scene_.Strikes(Fault::kClockJumps))
        scene_.clock.Jump(scene_.chance.Span(-kHour, 2 * kHour));
    if (scene_.Strikes(Fault::kClockJumpsADay))
        scene_.clock.Jump(scene_.later.PerMille(500) ? kDay : -kDay);
}

void World::Deliver(const std::shared_ptr<Delivery>& delivery) {
    if (delivery->taken) return;
    const Call& call = delivery->call;
    Connection* connection = kit_.connections->Find(call.connection);
    auto events = connection->connector->MapCallback(
        call.body, call.headers, call.id, scene_.clock.Now(), connection->settings.settings);
    CHECK(events.ok());
    if (kit_.plant.hears)
        std::erase_if(*events, [&](const Envelope& each) { return !kit_.plant.hears(each); });
    delivery->waiting = static_cast<int>(events->size());
    if (events->empty()) return;
    Engine& engine =
        nodes_[static_cast<std::size_t>(scene_.chance.Next() % nodes_.size())]->engine();
    for (Envelope& event : *events) {
        Input input;
        input.event = std::move(event);
        input.event.connection = call.connection;
        input.event.source = "connection:" + call.connection;
        input.event.key.shop = "main";
        if (input.event.occurred_at == kNoTime) input.event.occurred_at = scene_.clock.Now();
        input.digest = connectors::Sha256Hex(call.body);
        input.done = [this, delivery, source = input.event.source,
                      id = input.event.source_id](const Receipt& receipt) {
            checker_->OnReceipt(source, id, receipt);
            if (receipt.kind == Receipt::Kind::kFailed) return;
            if (--delivery->waiting == 0) delivery->taken = true;
        };
        static_cast<void>(engine.Submit(std::move(input)));
    }
    scene_.After(scene_.chance.Span(kMinute, kHour), [this, delivery] { Deliver(delivery); });
}

// Persons look at cases now and then.
void World::Act() {
    for (const auto& [key, row] : database_.cases)
        if (scene_.Strikes(Fault::kPersonActs)) ActOn(row.subject);
}

void World::ActOn(const Case& subject) {
    Envelope event;
    event.type = EventType::kAction;
    event.key = subject.key;
    event.data.by = "agent";
    const auto pick = [&](const std::vector<std::string>& names) {
        return names[static_cast<std::size_t>(scene_.chance.Next() % names.size())];
    };
    for (const Slice& slice : subject.slices) {
        event.data.return_id = slice.return_id;
        if (slice.state == ReturnState::kException)
            event.data.action = pick({"accept", "reject", "recheck", "await_rest", "declare_lost"});
        if (slice.state == ReturnState::kInReview)
            event.data.action = pick({"approve", "deny", "keep_item"});
        if (slice.state == ReturnState::kRejected)
            event.data.action = pick({"overrule", "ship_back", "abandon"});
        if (slice.state == ReturnState::kLost) event.data.action = pick({"liable", "not_posted"});
    }
    if (event.data.action == "approve" || event.data.action == "deny" ||
        event.data.action == "keep_item") {
        const std::string& action = event.data.action;
        event.type = action == "approve" ? EventType::kReturnApproved
                     : action == "deny"  ? EventType::kReturnDenied
                                         : EventType::kReturnKept;
    }
    if (!event.data.action.empty()) checker_->Allow(event.data.return_id);
    for (const Leg& leg : subject.legs) {
        if (leg.state != RefundState::kAlternative && leg.state != RefundState::kFailed) continue;
        event.type = EventType::kAction;
        event.data.return_id = leg.return_id;
        event.data.subject = leg.id;
        event.data.action = leg.state == RefundState::kFailed ? "retry" : "payee_details";
    }
    if (event.data.action.empty()) return;
    if (event.type != EventType::kAction) event.data.action.clear();
    Submit(std::move(event));
}

void World::Submit(Envelope event) {
    event.source = "key:agent";
    event.source_id = "act-" + std::to_string(++actions_);
    event.occurred_at = scene_.clock.Now();
    Input input;
    input.event = std::move(event);
    static_cast<void>(nodes_.front()->engine().Submit(std::move(input)));
}

}  // namespace returns::sim
