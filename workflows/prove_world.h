// The world of the money proof: one case with one refund, and a provider that keeps a book. Values;
// the files prove*.cc alone.
#pragma once

#include "schemas/case.h"
#include "workflows/decide.h"
#include "workflows/prove.h"

#include <string>
#include <vector>

namespace returns::workflows::prove {

// A call of ours, until the case has been told what became of it and it can do nothing any more.
struct Request {
    std::int64_t command = 0;
    std::string key;      // "" for a look-up
    std::string ours;     // our reference in it
    bool travels = true;  // may still reach the provider
    bool open = true;     // the case has not been told what became of it
    // What the provider answered: accepted, paid, refused, found, absent; "" before.
    std::string answer, reason, theirs;
};

// A refund as the provider has it; its id is "r1" for the first.
struct Booked {
    std::string key, ours;          // "" for one made by hand
    std::vector<EventType> told{};  // all it could ever be told as, the last is how it stands
};

struct Remembered {
    std::string key;
    Instant since = kNoTime;
    std::string answer, reason, theirs;
};

enum class Chargeback : std::uint8_t { kNone, kOpen, kWon, kLost };

struct World {
    Case subject;
    Instant now = kNoTime;
    std::vector<Request> requests;
    std::vector<Booked> book;
    std::vector<Remembered> remembered;
    std::vector<std::string> keys;     // ever sent, in order
    std::vector<std::string> refused;  // of them, those the case was surely told no to
    Chargeback chargeback = Chargeback::kNone;
    int asked = 0;  // requests for money
    bool by_hand = false;
    std::string broken;  // the first invariant that broke
};

struct Step {
    std::string text;
    World after;
};

struct Stage {
    const Rulebook& book;
    const Adversary& adversary;
};

inline constexpr std::int64_t kPrice = 1000;  // the whole of the tiny order, in cents
inline constexpr const char* kProvider = "psp";

// Through the one door. Gives whether anything moved.
bool Say(const Stage& stage, World& world, EventType type, EventData data);
// What can do nothing any more goes: calls that are told and arrived, answers kept for nobody.
void Forget(const Stage& stage, World& world);
void Break(World& world, std::string what);  // the first stands
Delay KeyWindow(const Stage& stage);
// What a notice of that refund holds.
EventData About(const World& world, std::size_t at);
EventData Disputed();

// Before the first refund leaves.
World Start(const Stage& stage);
// Everything that can happen next.
std::vector<Step> Next(const Stage& stage, const World& world);
// What is wrong once the case has been told all the provider has in its books; "" when nothing is.
std::string TellAll(const Stage& stage, const World& world);
// Equal for worlds whose future is the same: names by order, of times only what a rule would ask.
// It asks those rules, which take a case they could change; they do not.
std::string Canonical(const Stage& stage, World& world);

bool IsLive(const Booked& refund);  // pending or paid: money is gone, or goes

}  // namespace returns::workflows::prove
