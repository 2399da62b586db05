// What the API and the pages ask alike: which cases a caller may see, how to find one, what a
// person may do with it, and putting that wish through the engine's door. One thread, the lane's.
#pragma once

#include "gateway/engine.h"
#include "gateway/keys.h"
#include "gateway/settings.h"
#include "schemas/result.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace returns::gateway {

struct SearchPage {
    std::vector<CaseKey> keys;
    std::string next;  // the cursor of the next page; "" when this is the last
};

// A person's wish about a return, one of its refunds, or a frozen case.
struct Wish {
    CaseKey key;
    std::string return_id, action;
    Json body;         // the request's: reason, lines, subject, amount, currency, second
    std::string once;  // what makes the same wish the same: an Idempotency-Key; never ""
};

// An action as a button: what it is called, and why it cannot be done now.
struct ActionOffer {
    std::string action, label;
    std::int64_t subject = 0;  // the refund leg; 0 for the goods
    bool second = false;       // possible when a second person agrees
    std::string why_not;       // "" when possible
};

class Desk {
public:
    Desk(Engine& engine, Clock& clock, const Settings& settings, const KeyRing& ring)
        : engine_(engine), clock_(clock), settings_(settings), ring_(ring) {}

    // `shop` is what the request names, "" for any the caller may see. kNotFound also for what the
    // caller may not see; kConflict when several shops have one of that name.
    Result<CaseKey> FindOrder(const Caller& caller, const std::string& id, const std::string& shop);
    Result<CaseKey> FindReturn(const Caller& caller, const std::string& id,
                               const std::string& shop);
    // By our reference or the provider's; the second is the leg's id.
    Result<std::pair<CaseKey, std::int64_t>> FindRefund(const Caller& caller,
                                                        const std::string& reference,
                                                        const std::string& shop);
    // Order, return, tracking, our or their reference, mail or phone, exactly as written.
    Result<SearchPage> Search(const Caller& caller, const std::string& text,
                              const std::string& cursor, std::size_t most);
    // kNotFound when there is no such case. Valid until the engine is asked again.
    Result<const Case*> Read(const CaseKey& key);

    // Everything the machines let a person do here, tried out on a copy.
    std::vector<ActionOffer> Offers(const Case& subject, const std::string& return_id,
                                    const Caller& caller) const;
    // The input that carries the wish out. kInvalid says what is wrong with it; kNotFound that no
    // such action exists; kLimit that this caller may not do it.
    Result<Input> MakeInput(const Caller& caller, const Wish& wish) const;

    bool SeesShop(const Caller& caller, const std::string& shop) const;
    // The shop an event of this caller is about when nothing says.
    std::string ShopOf(const Caller& caller, const std::string& named) const;
    Engine& engine() const { return engine_; }

private:
    std::vector<std::string> Shops(const Caller& caller, const std::string& named) const;
    Result<std::vector<CaseKey>> FindAll(const Caller& caller, const std::string& text);
    std::string WhyNot(const Case& subject, const std::string& return_id, const Caller& caller,
                       const std::string& action, std::int64_t subject_id, bool second) const;
    void Offer(const Case& subject, const std::string& return_id, const Caller& caller,
               workflows::MachineKind kind, std::int64_t leg,
               std::vector<ActionOffer>& offers) const;
    // Adds what people look for and cannot have now, with when they can.
    void OfferUsual(const Case& subject, const std::string& return_id,
                    std::vector<ActionOffer>& offers) const;
    const workflows::Rules& RulesOf(const Case& subject, const std::string& return_id) const;

    Engine& engine_;
    Clock& clock_;
    const Settings& settings_;
    const KeyRing& ring_;
};

// Whether that role may do it: what writes money off, settles doubt or thaws a case is for
// operators.
bool MayAct(Role role, std::string_view action);

// A whole number from a query or form, 0 for anything else.
std::int64_t ReadNumber(std::string_view text);

// Opaque places in a list, for "next page" links.
std::string EncodeCursor(const CaseKey& key);
std::optional<CaseKey> DecodeCursor(std::string_view cursor);

}  // namespace returns::gateway
