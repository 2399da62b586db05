// When two worlds of the money proof are the same: every member of the case counts, but for times,
// which count by what a rule could ask of them, and for names, which count by their order.

#include "schemas/case_fields.h"
#include "workflows/prove_world.h"
#include "workflows/steps.h"

#include <algorithm>
#include <array>
#include <type_traits>

namespace returns::workflows::prove {
namespace {

// What has no say in what money does next, and names, which are compared by their order.
constexpr std::array<std::string_view, 14> kLeftOut = {
    "id",      "number", "about", "leg",     "key",    "reference", "version",
    "next_id", "chain",  "seen",  "tickets", "stalls", "acted_by",  "ticket"};

// Which members of an Owner count, in their order.
template <class Owner>
const std::vector<bool>& Counting() {
    static const std::vector<bool> counting = [] {
        std::vector<bool> made;
        ForEachField<Owner>([&](const auto& field) {
            made.push_back(std::count(kLeftOut.begin(), kLeftOut.end(), field.name) == 0);
        });
        return made;
    }();
    return counting;
}

class Text {
public:
    Text(const Stage& stage, World& world) : stage_(stage), world_(world) {
        for (const Leg& leg : world.subject.legs) times_.push_back(leg.due_at);
        for (const Command& command : world.subject.commands) {
            times_.push_back(command.due_at);
            times_.push_back(command.not_before);
        }
        std::sort(times_.begin(), times_.end());
        times_.erase(std::unique(times_.begin(), times_.end()), times_.end());
    }

    std::string Of() {
        out_.reserve(1024);
        const Case& subject = world_.subject;
        Members(subject);
        for (const Leg& leg : subject.legs) Timing(leg);
        for (const Command& command : subject.commands) Timing(command);
        std::vector<std::string> requests;
        for (const Request& request : world_.requests) requests.push_back(Named(request));
        std::sort(requests.begin(), requests.end());
        for (const std::string& request : requests) out_ += request + ";";
        for (const Booked& refund : world_.book) {
            Key(refund.key);
            out_ += refund.ours;
            for (const EventType told : refund.told) out_ += std::to_string(int(told)) + ",";
        }
        for (const Remembered& each : world_.remembered) {
            Key(each.key);
            out_ += each.answer + each.theirs + (Forgettable(each) ? "old;" : "young;");
        }
        std::vector<std::string> refused = world_.refused;
        std::sort(refused.begin(), refused.end());
        for (const std::string& key : refused) Key(key);
        out_ += "|" + std::to_string(int(world_.chargeback)) + std::to_string(world_.asked) +
                (world_.by_hand ? "h" : "") + std::to_string(world_.keys.size());
        return std::move(out_);
    }

private:
    template <class T>
    void Members(const T& owner) {
        out_ += '{';
        auto counts = Counting<T>().begin();
        ForEachField<T>([&](const auto& field) {
            if (*counts++) Put(owner.*field.member);
            out_ += ',';
        });
        out_ += '}';
    }
    template <class T>
    void Put(const T& value) {
        if constexpr (std::is_same_v<T, Instant>) {
            // See Timing.
        } else if constexpr (std::is_same_v<T, std::string>) {
            out_ += value;
        } else if constexpr (std::is_enum_v<T>) {
            out_ += std::to_string(static_cast<int>(value));
        } else if constexpr (std::is_arithmetic_v<T>) {
            out_ += std::to_string(value);
        } else if constexpr (!std::is_same_v<T, Json> && !std::is_same_v<T, Envelope> &&
                             !std::is_same_v<T, Seen>) {
            Members(value);
        }
    }
    template <class T>
    void Put(const std::vector<T>& list) {
        for (const T& each : list) {
            Put(each);
            out_ += '/';
        }
    }
    void Put(const Slice& slice) { Put(slice.state); }
    // Counts that only make pauses longer.
    void Put(const Command& command) {
        out_ += command.operation;
        Put(command.leg);
        Put(command.state);
        Put(command.approved_by);
        Put(command.confirm);
    }

    // Of a moment to come: its place among all that come; what has come is all one.
    void Coming(Instant at) {
        const auto now = std::upper_bound(times_.begin(), times_.end(), world_.now);
        const auto place = std::lower_bound(times_.begin(), times_.end(), at);
        out_ += at == kNever || at == kNoTime ? "-"
                : at <= world_.now            ? "."
                                              : std::to_string(place - now);
    }
    void Key(const std::string& key) {
        const auto& keys = world_.keys;
        const auto at = std::find(keys.begin(), keys.end(), key);
        out_ += key.empty()        ? "-"
                : at == keys.end() ? "new"
                                   : "k" + std::to_string(at - keys.begin());
        out_ += ' ';
    }
    void Timing(const Leg& leg) {
        Coming(leg.due_at);
        Key(leg.key);
        out_ += leg.stalled_at == kNoTime ? "" : "s";
        out_ += leg.key_first_sent_at == kNoTime ? "" : "f";
        Envelope event;
        event.recorded_at = world_.now;
        Decision out;
        const Turn turn{world_.subject, event, stage_.book, out};
        out_ += KeyAlive(turn, leg) ? "A" : "D";
        if (leg.state != RefundState::kUnknown) return;
        const Policy& policy = stage_.book.newest->policy;
        DelayScope scope;
        scope.calendar = &stage_.book.calendars.Of(world_.subject.jurisdiction);
        const Instant old = DelayEnd(policy, "in_doubt_ticket", scope, leg.entered_at, kNoTime);
        out_ += world_.now < old ? "y" : "o";
    }
    void Timing(const Command& command) {
        Coming(command.due_at);
        Coming(command.not_before);
        Key(command.key);
    }
    bool Forgettable(const Remembered& each) const {
        return world_.now >= Add(each.since, stage_.adversary.remembers);
    }
    std::string Named(const Request& request) {
        const auto& commands = world_.subject.commands;
        const auto at = std::find_if(commands.begin(), commands.end(),
                                     [&](const Command& c) { return c.number == request.command; });
        std::string kept;
        kept.swap(out_);
        Key(request.key);
        out_ += std::to_string(at - commands.begin()) + (request.travels ? "t" : "") +
                (request.open ? "o" : "") + request.ours + request.answer + request.reason +
                request.theirs;
        kept.swap(out_);
        return kept;
    }

    const Stage& stage_;
    World& world_;
    std::vector<Instant> times_;
    std::string out_;
};

}  // namespace

std::string Canonical(const Stage& stage, World& world) { return Text(stage, world).Of(); }

}  // namespace returns::workflows::prove
