// What can happen next in the money proof. Each step hands the case one event, as the dispatcher,
// the timers and the provider's notices would.

#include "workflows/prove_world.h"

#include <algorithm>

namespace returns::workflows::prove {
namespace {

constexpr int kInTheAir = 2;  // requests for money; one question
constexpr int kTimersMax = 80;
constexpr int kTimersFew = 3;

bool Has(const std::vector<std::string>& list, const std::string& value) {
    return std::find(list.begin(), list.end(), value) != list.end();
}

bool Pays(const Command& command) { return command.operation == "refund.create"; }
bool Asks(const Command& command) { return command.operation == "refund.lookup"; }

std::string KeyName(const World& world, const std::string& key) {
    const auto at = std::find(world.keys.begin(), world.keys.end(), key);
    return "key " + std::to_string(at - world.keys.begin() + 1);
}
std::string Called(const World& world, const Request& request) {
    return request.key.empty() ? "the question"
                               : "the request (" + KeyName(world, request.key) + ")";
}

void NoteRefused(World& world, const std::string& key) {
    if (!key.empty() && !Has(world.refused, key)) world.refused.push_back(key);
}

// No request under that key has reached the provider, nor can one still.
bool NeverCame(const World& world, const std::string& key) {
    const auto has = [&](const auto& each) { return each.key == key; };
    return std::none_of(world.requests.begin(), world.requests.end(), has) &&
           std::none_of(world.book.begin(), world.book.end(), has) &&
           std::none_of(world.remembered.begin(), world.remembered.end(), has);
}

class Steps {
public:
    Steps(const Stage& stage, const World& world) : stage_(stage), world_(world) {}

    std::vector<Step> All() {
        for (const Command& command : world_.subject.commands) Send(command);
        for (std::size_t at = 0; at < world_.requests.size(); ++at) {
            Arrive(at);
            Answer(at);
        }
        for (std::size_t at = 0; at < world_.book.size(); ++at) {
            Notices(at);
        }
        ByHand();
        Bank();
        Persons();
        KeysForgotten();
        TimePasses();
        return std::move(steps_);
    }

private:
    Step& Add(std::string text) {
        steps_.push_back({std::move(text), world_});
        return steps_.back();
    }
    bool Say(Step& step, EventType type, EventData data) {
        return prove::Say(stage_, step.after, type, std::move(data));
    }

    void Send(const Command& command) {
        if (command.state != CommandState::kWaiting || command.not_before > world_.now) return;
        if (!Pays(command) && !Asks(command)) return;
        if (Pays(command) && world_.asked >= stage_.adversary.requests) return;
        Step& step = Add(Pays(command) ? "we send the refund" : "we ask what became of it");
        EventData data;
        data.attempt.command = command.number;
        data.attempt.number = command.attempts + 1;
        data.attempt.key = command.key;
        if (!Say(step, EventType::kAttemptStarted, data)) {
            step.text += ", and think better of it";
            return;
        }
        World& after = step.after;
        MakeRoom(after, Asks(command), Pays(command) ? kInTheAir : 1);
        Request request;
        request.command = command.number;
        request.ours = command.body["reference"].AsString();
        if (Pays(command)) {
            request.key = command.key;
            CheckKey(after, command);
            if (!Has(after.keys, command.key)) after.keys.push_back(command.key);
            ++after.asked;
            step.text += " under " + KeyName(after, command.key);
        }
        after.requests.push_back(std::move(request));
    }
    // What is more than that has been lost by then, the oldest first.
    static void MakeRoom(World& after, bool question, int in_the_air) {
        auto& sent = after.requests;
        const auto like = [&](const Request& request) { return request.key.empty() == question; };
        if (std::count_if(sent.begin(), sent.end(), like) >= in_the_air)
            sent.erase(std::find_if(sent.begin(), sent.end(), like));
    }
    void CheckKey(World& after, const Command& command) {
        const auto& legs = after.subject.legs;
        const bool kept = std::any_of(legs.begin(), legs.end(), [&](const Leg& leg) {
            return leg.id == command.leg && leg.key == command.key && !leg.key.empty();
        });
        if (!kept) Break(after, "I3: a request leaves under a key its refund does not hold");
        for (const std::string& key : after.keys)
            if (key != command.key && !Has(after.refused, key))
                Break(after, "I4: a new key leaves while " + KeyName(after, key) +
                                 " was never surely refused");
    }

    void Arrive(std::size_t at) {
        const Request& request = world_.requests[at];
        if (!request.travels) return;
        if (request.key.empty()) return Question(at);
        for (const Remembered& each : world_.remembered) {
            if (each.key != request.key) continue;
            Step& step =
                Add("the provider knows " + KeyName(world_, each.key) + " and repeats its answer");
            Reply(step.after, at, each.answer, each.reason, each.theirs);
            return;
        }
        Pay(at, EventType::kRefundSubmitted);
        Pay(at, EventType::kRefundSettled);
        Refuse(at, "insufficient_funds");
        Refuse(at, "declined");
    }
    // Pending, or paid at once.
    void Pay(std::size_t at, EventType as) {
        const bool paid = as == EventType::kRefundSettled;
        Step& step = Add(std::string("the provider gets ") + Called(world_, world_.requests[at]) +
                         (paid ? " and pays" : " and takes it on"));
        World& after = step.after;
        const std::string key = after.requests[at].key;
        after.book.push_back({key, after.requests[at].ours, {as}});
        const std::string id = "r" + std::to_string(after.book.size());
        step.text += ": " + id;
        const std::string answer = paid ? "paid" : "accepted";
        after.remembered.push_back({key, after.now, answer, "", id});
        Reply(after, at, answer, "", id);
    }
    void Refuse(std::size_t at, const std::string& reason) {
        Step& step =
            Add("the provider refuses " + Called(world_, world_.requests[at]) + ": " + reason);
        World& after = step.after;
        if (stage_.adversary.keeps_refusals)
            after.remembered.push_back({after.requests[at].key, after.now, "refused", reason, ""});
        Reply(after, at, "refused", reason, "");
    }
    void Found(std::size_t at, std::size_t i, const std::vector<EventType>& fate) {
        Step& step = Add("");
        Become(step.after, i, fate);
        const std::string id = "r" + std::to_string(i + 1);
        const EventType stands = step.after.book[i].told.back();
        const std::string answer = stands == EventType::kRefundSettled     ? "paid"
                                   : stands == EventType::kRefundSubmitted ? "found"
                                                                           : "refused";
        step.text = "the question finds " + id + " " + answer;
        Reply(step.after, at, answer, "", id);
    }
    // A look-up finds what bears the name it asks for, or does not see it yet.
    void Question(std::size_t at) {
        for (std::size_t i = 0; i < world_.book.size(); ++i) {
            const Booked& refund = world_.book[i];
            if (refund.key.empty() || refund.ours != world_.requests[at].ours) continue;
            Found(at, i, {});
            for (const auto& fate : Fates(refund)) Found(at, i, fate);
        }
        const bool no = stage_.adversary.absence_is_refusal;
        Reply(Add("the question finds nothing").after, at, no ? "refused" : "absent",
              no ? "insufficient_funds" : "", "");
    }
    // Whether anybody still listens or not.
    void Reply(World& after, std::size_t at, const std::string& answer, const std::string& reason,
               const std::string& theirs) {
        Request& request = after.requests[at];
        request.travels = false;
        request.answer = answer;
        request.reason = reason;
        request.theirs = theirs;
        Forget(stage_, after);
    }

    void Answer(std::size_t at) {
        const Request& request = world_.requests[at];
        if (!request.open) return;
        const std::string called = Called(world_, request);
        if (!request.answer.empty())
            Outcome(at, "the answer to " + called + " arrives: " + request.answer, false);
        Outcome(at, called + " is in doubt", true);
        if (!request.travels || request.key.empty()) return;
        Step& step = Add(called + " certainly did not leave");
        step.after.requests.erase(step.after.requests.begin() + static_cast<std::ptrdiff_t>(at));
        EventData data = Attempt(request);
        data.attempt.reason = "connection refused";
        if (NeverCame(step.after, request.key)) NoteRefused(step.after, request.key);
        Say(step, EventType::kAttemptNotDone, data);
    }
    static EventData Attempt(const Request& request) {
        EventData data;
        data.attempt.command = request.command;
        data.attempt.key = request.key;
        return data;
    }
    void Outcome(std::size_t at, const std::string& text, bool doubt) {
        const Request request = world_.requests[at];
        Step& step = Add(text);
        step.after.requests[at].open = false;
        EventData data = Attempt(request);
        EventType type = EventType::kAttemptInDoubt;
        data.attempt.reason = "timeout";
        if (!doubt) {
            const bool look_up = request.key.empty();
            const bool no = request.answer == "refused";
            // A look-up that saw a refusal is done; what it saw is its answer.
            type = no && !look_up ? EventType::kAttemptRefused : EventType::kAttemptDone;
            data.attempt.answer = request.answer;
            data.attempt.reason = request.reason;
            data.attempt.retry_key = request.reason == "insufficient_funds";
            data.their_reference = request.theirs;
            data.our_reference = request.ours;
            if (no) NoteRefused(step.after, look_up ? KeyOf(request.theirs) : request.key);
        }
        Say(step, type, data);
        Forget(stage_, step.after);
    }
    std::string KeyOf(const std::string& theirs) const {
        for (std::size_t i = 0; i < world_.book.size(); ++i)
            if ("r" + std::to_string(i + 1) == theirs) return world_.book[i].key;
        return "";
    }

    // What a refund can become unseen counts from when it is told or found: until then it could
    // as well not have happened yet.
    void Notices(std::size_t at) {
        const std::vector<EventType>& told = world_.book[at].told;
        for (const EventType type : told) Notice(at, {}, type);
        for (const auto& fate : Fates(world_.book[at])) Notice(at, fate, fate.back());
    }
    std::vector<std::vector<EventType>> Fates(const Booked& refund) const {
        constexpr EventType kPaid = EventType::kRefundSettled;
        constexpr EventType kBack = EventType::kRefundBounced;
        std::vector<std::vector<EventType>> fates;
        const bool bounces = stage_.adversary.bounces;
        if (refund.told.back() == EventType::kRefundSubmitted) {
            fates = {{kPaid}, {EventType::kRefundRefused}};
            if (bounces) fates.push_back({kPaid, kBack});
        }
        if (refund.told.back() == kPaid && bounces) fates.push_back({kBack});
        return fates;
    }
    static void Become(World& world, std::size_t at, const std::vector<EventType>& fate) {
        auto& told = world.book[at].told;
        told.insert(told.end(), fate.begin(), fate.end());
    }
    void Notice(std::size_t at, const std::vector<EventType>& fate, EventType told) {
        Step& step =
            Add("we are told: " + std::string(Facts(told).wire) + " of r" + std::to_string(at + 1));
        Become(step.after, at, fate);
        if (told == EventType::kRefundRefused || told == EventType::kRefundBounced)
            NoteRefused(step.after, world_.book[at].key);
        Say(step, told, About(world_, at));
    }

    void ByHand() {
        if (world_.by_hand || !stage_.adversary.by_hand) return;
        Step& step = Add("somebody refunds it by hand at the provider: r" +
                         std::to_string(world_.book.size() + 1));
        step.after.by_hand = true;
        step.after.book.push_back({"", "", {EventType::kRefundSettled}});
    }

    void Bank() {
        if (!stage_.adversary.disputes) return;
        const Chargeback as = world_.chargeback;
        Told(EventType::kDisputeOpened, as == Chargeback::kNone ? Chargeback::kOpen : as);
        if (as != Chargeback::kWon) Told(EventType::kDisputeLost, Chargeback::kLost);
        if (as != Chargeback::kLost) Told(EventType::kDisputeWon, Chargeback::kWon);
    }
    // What the bank has done counts from when it is told, as with the provider.
    void Told(EventType type, Chargeback as) {
        Step& step = Add("we are told: " + std::string(Facts(type).wire));
        step.after.chargeback = as;
        Say(step, type, Disputed());
    }

    // Persons say what is so: the settlement file lies before them.
    void Persons() {
        const bool travels = std::any_of(
            world_.requests.begin(), world_.requests.end(),
            [](const Request& request) { return request.travels && !request.key.empty(); });
        const auto ours = std::find_if(world_.book.begin(), world_.book.end(),
                                       [](const Booked& r) { return !r.key.empty() && IsLive(r); });
        for (const Leg& leg : world_.subject.legs) {
            const bool unknown = leg.state == RefundState::kUnknown;
            const bool contested = leg.state == RefundState::kContested;
            if (!unknown && !contested) continue;
            if (ours != world_.book.end())
                Person(leg, "confirm_paid",
                       ours->told.back() == EventType::kRefundSettled
                           ? std::vector<EventType>{}
                           : std::vector<EventType>{EventType::kRefundSettled});
            if (travels) continue;
            const char* gone = unknown ? "confirm_absent" : "confirm_void";
            if (ours == world_.book.end()) {
                Person(leg, gone, {});
            } else if (const auto fates = Fates(*ours); !fates.empty()) {
                Person(leg, gone, fates.back());
            }
        }
    }
    // About the one of ours that is alive, if there is one, after what became of it.
    void Person(const Leg& leg, const std::string& action, const std::vector<EventType>& fate) {
        Step& step = Add("a person has the settlement file: " + action);
        for (std::size_t at = 0; !fate.empty() && at < world_.book.size(); ++at)
            if (!world_.book[at].key.empty() && IsLive(world_.book[at]))
                Become(step.after, at, fate);
        EventData data;
        data.action = action;
        data.by = "anna";
        data.subject = leg.id;
        const std::string key = leg.key;
        const bool moved = Say(step, EventType::kAction, data);
        if (moved && action != "confirm_paid") NoteRefused(step.after, key);
    }

    // A request lives shorter than the margin we keep before a key's end.
    void KeysForgotten() {
        for (const Remembered& each : world_.remembered) {
            if (world_.now < returns::Add(each.since, stage_.adversary.remembers)) continue;
            Step& step = Add("the provider forgets " + KeyName(world_, each.key));
            std::erase_if(step.after.remembered,
                          [&](const Remembered& r) { return r.key == each.key; });
            for (Request& request : step.after.requests)
                if (request.key == each.key) request.travels = false;
            Forget(stage_, step.after);
        }
    }

    // Until a timer, or waiting, has changed something. Timers that only ask again are let pass as
    // long as some age may still matter.
    void TimePasses() {
        World after = world_;
        const std::string before = Canonical(stage_, after);
        const Instant ages = LastAge();
        for (int i = 0; i < kTimersMax && (i < kTimersFew || after.now <= ages); ++i) {
            Instant next = NextWake(after.subject);
            for (const Command& command : after.subject.commands)
                if (command.not_before > after.now) next = std::min(next, command.not_before);
            if (next == kNever) return;
            after.now = std::max(after.now, next);
            if (NextWake(after.subject) <= after.now)
                prove::Say(stage_, after, EventType::kTimerFired, {});
            if (after.broken.empty() && Canonical(stage_, after) == before) continue;
            const auto passed = std::chrono::ceil<std::chrono::minutes>(after.now - world_.now);
            Step& step = Add("time passes: " + std::to_string(passed.count()) + " min");
            step.after = std::move(after);
            return;
        }
    }
    Instant LastAge() const {
        Instant last = world_.now;
        for (const Leg& leg : world_.subject.legs)
            if (!leg.key.empty() && leg.key_first_sent_at != kNoTime)
                last = std::max(last, returns::Add(leg.key_first_sent_at, KeyWindow(stage_)));
        for (const Remembered& each : world_.remembered)
            last = std::max(last, returns::Add(each.since, stage_.adversary.remembers));
        return last;
    }

    const Stage& stage_;
    const World& world_;
    std::vector<Step> steps_;
};

}  // namespace

bool IsLive(const Booked& refund) {
    return refund.told.back() == EventType::kRefundSubmitted ||
           refund.told.back() == EventType::kRefundSettled;
}

std::vector<Step> Next(const Stage& stage, const World& world) { return Steps(stage, world).All(); }

}  // namespace returns::workflows::prove
