// A case played event by event, for tests: small builders for events, time that moves only when
// told, and a rulebook with a shop, a logistics partner, a payment provider and a desk.
#pragma once

#include "workflows/decide.h"
#include "workflows/rules.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace returns::workflows {

class Story {
public:
    explicit Story(std::function<void(Policy&)> change = nullptr);

    Rulebook& book() { return book_; }
    const Case& subject() const { return case_; }
    const Decision& last() const { return last_; }
    Instant now() const { return now_; }

    // Decides and keeps the outcome. A broken invariant fails the test at once.
    const Decision& Say(EventType type, EventData data = {}, const std::string& connection = "");
    // The same of something that happened earlier.
    const Decision& SayOf(Instant occurred_at, EventType type, EventData data);
    const Decision& Act(const std::string& name, EventData data = {});
    void Wait(Millis time);  // moves the clock; fires what is due, each at its moment
    void WaitFor(const Delay& delay) { Wait(Add(now_, delay) - now_); }

    // An order of two lines: A (2 units at 50.00) and B (1 unit at 30.00), 4.90 delivery, in EUR,
    // captured with 134.90 on a card at "psp" ("shop": the shop itself pays back).
    void PlaceOrder(bool psp = true);
    // return.requested for units of A.
    void Request(const std::string& return_id, int units, bool statutory = false,
                 const std::string& reason = "too_small");
    void Parcel(EventType type, const std::string& return_id);
    void Inspect(const std::string& return_id, int accepted, int rejected,
                 const std::string& mismatch = "");

    // The dispatcher's part. Start gives whether the attempt may be sent.
    const Command* Waiting(const std::string& operation) const;
    bool Start(const std::string& operation);
    void Answer(EventType outcome, const std::string& answer, const std::string& reason = "",
                const std::string& their_reference = "");

    const Slice& slice(std::size_t i) const { return case_.slices.at(i); }
    const Leg& leg(std::size_t i) const { return case_.legs.at(i); }
    std::int64_t PaidMinor() const;  // sum of legs whose money has left
    std::vector<std::string> States(const std::string& return_id) const;

private:
    Rules rules_;
    Rulebook book_;
    Case case_;
    Decision last_;
    Instant now_;
    std::optional<Instant> occurred_at_;
    Command started_;
    int said_ = 0;
};

EventLine Line(const std::string& id, int quantity, std::int64_t unit_price_minor);

}  // namespace returns::workflows
