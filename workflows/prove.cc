// The search of the money proof.

#include "workflows/prove.h"

#include "workflows/prove_world.h"

#include <algorithm>
#include <deque>
#include <unordered_set>

namespace returns::workflows {
namespace {

using prove::Booked;
using prove::Stage;
using prove::Step;
using prove::World;

constexpr int kNobody = -1;
constexpr int kStatesMax = 2'000'000;

struct Visited {
    int from = kNobody;
    int depth = 0;
    std::string text;
};

// Refunds we asked for that are alive at once; one by hand is not ours to prevent.
int OursAlive(const World& world) {
    return static_cast<int>(std::count_if(
        world.book.begin(), world.book.end(),
        [](const Booked& refund) { return !refund.key.empty() && prove::IsLive(refund); }));
}

bool StandsStill(const World& world) {
    const auto& legs = world.subject.legs;
    const bool open = std::any_of(legs.begin(), legs.end(),
                                  [](const Leg& leg) { return leg.state != RefundState::kClosed; });
    return open && NextWake(world.subject) == kNever;
}

bool CountedTwice(const World& world) {
    const auto& legs = world.subject.legs;
    for (std::size_t i = 0; i < legs.size(); ++i)
        for (std::size_t j = 0; j < i; ++j)
            if (!legs[i].their_reference.empty() && legs[i].paid && legs[j].paid &&
                legs[i].their_reference == legs[j].their_reference)
                return true;
    return false;
}

std::string Broken(const Stage& stage, const World& world) {
    if (!world.broken.empty()) return world.broken;
    if (OursAlive(world) > 1) return "paid twice: two refunds of ours are alive at the provider";
    if (StandsStill(world)) return "lost: the refund is open and nothing will ever wake it";
    if (CountedTwice(world)) return "one refund of the provider's is in our books twice";
    return prove::TellAll(stage, world);
}

std::vector<std::string> Trace(const std::vector<Visited>& seen, int at) {
    std::vector<std::string> lines;
    for (; at != kNobody && seen[at].from != kNobody; at = seen[at].from)
        lines.push_back(seen[at].text);
    std::reverse(lines.begin(), lines.end());
    return lines;
}

class Search {
public:
    explicit Search(const Stage& stage) : stage_(stage) {}

    Proof Run() {
        World start = prove::Start(stage_);
        if (!Take(std::move(start), {kNobody, 0, ""})) return proof_;
        while (!waiting_.empty()) {
            const auto [at, world] = std::move(waiting_.front());
            waiting_.pop_front();
            for (Step& step : prove::Next(stage_, world)) {
                ++proof_.steps;
                if (!Take(std::move(step.after), {at, seen_[at].depth + 1, std::move(step.text)}))
                    return proof_;
            }
        }
        proof_.holds = true;
        return proof_;
    }

private:
    struct Waiting {
        int at;
        World world;
    };

    // False: no further, it is broken or too much.
    bool Take(World world, Visited how) {
        if (!known_.insert(std::hash<std::string>()(prove::Canonical(stage_, world))).second)
            return true;
        proof_.states = static_cast<int>(known_.size());
        proof_.deepest = std::max(proof_.deepest, how.depth);
        seen_.push_back(std::move(how));
        const int at = static_cast<int>(seen_.size()) - 1;
        proof_.broken = Broken(stage_, world);
        if (!proof_.broken.empty()) {
            proof_.trace = Trace(seen_, at);
            return false;
        }
        if (proof_.states > kStatesMax) {
            proof_.broken = "not known: more than " + std::to_string(kStatesMax) + " states";
            return false;
        }
        waiting_.push_back({at, std::move(world)});
        return true;
    }

    const Stage& stage_;
    Proof proof_;
    std::unordered_set<std::size_t> known_;
    std::vector<Visited> seen_;
    std::deque<Waiting> waiting_;
};

std::string InWords(const Delay& delay) {
    const Instant zero{};
    const auto hours = std::chrono::duration_cast<std::chrono::hours>(Add(zero, delay) - zero);
    return std::to_string(hours.count()) + " hours";
}

}  // namespace

Proof ProveMoney(const Rules& rules, const Calendars& calendars, const ConnectionFacts& provider,
                 const Adversary& adversary) {
    Rulebook book;
    book.newest = &rules;
    book.pinned[rules.hash] = &rules;
    book.calendars = calendars;
    book.connections = {provider};
    book.connections.front().name = "psp";
    book.connections.front().kind = "payment";
    book.connections.front().shop = "main";
    book.mint_key = [](const CaseKey&, std::int64_t command) {
        return "K" + std::to_string(command);
    };
    const Stage stage{book, adversary};
    return Search(stage).Run();
}

std::vector<Act> Acts(const ConnectionFacts& provider, bool in_depth) {
    Adversary plain;
    plain.remembers = provider.key_window;
    plain.keeps_refusals = provider.terms.stores_refusals;
    const auto act = [&](const std::string& title, int requests, bool bounces, bool disputes,
                         bool by_hand) {
        Adversary adversary = plain;
        adversary.requests = requests;
        adversary.bounces = bounces;
        adversary.disputes = disputes;
        adversary.by_hand = by_hand;
        return Act{title, adversary};
    };
    if (!in_depth)
        return {act("two tries, refunds that come back", 2, true, false, false),
                act("one try, refunds that come back, a chargeback", 1, true, true, false),
                act("one try, a refund by hand", 1, false, false, true)};
    return {act("three tries, refunds that come back", 3, true, false, false),
            act("two tries, refunds that come back, a chargeback", 2, true, true, false),
            act("one try, refunds that come back, a chargeback, a refund by hand", 1, true, true,
                true)};
}

std::vector<std::string> ProofBounds(const ConnectionFacts& provider) {
    return {"one order with one refund of its whole price, on one payment",
            "the provider remembers a key for " + InWords(provider.key_window) +
                ", and a request lives shorter than the margin we keep before its end",
            provider.terms.stores_refusals
                ? "what the provider refuses under a key stays refused under it"
                : "what the provider has refused under a key may be paid when it is repeated",
            "at most two requests for money and one question are on their way at once",
            "a person who confirms what a settlement file says, says what it says",
            "of times only what a rule asks: whether a key is alive, what is due next"};
}

}  // namespace returns::workflows
