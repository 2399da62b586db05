#include "gateway/desk.h"

#include "connectors/crypto.h"

#include <algorithm>
#include <charconv>
#include <set>

namespace returns::gateway {
namespace {

Error NoSuch(std::string_view what, const std::string& id) {
    return Error{Code::kNotFound, "no " + std::string(what) + " '" + id + "' that you may see"};
}

Result<CaseKey> OnlyOne(const std::set<CaseKey>& found, std::string_view what,
                        const std::string& id) {
    if (found.empty()) return NoSuch(what, id);
    if (found.size() > 1) {
        return Error{Code::kConflict, "several cases have a " + std::string(what) + " '" + id +
                                          "', name the shop with ?shop="};
    }
    return *found.begin();
}

const Return* ReturnOf(const Case& subject, const std::string& id) {
    const auto found = std::find_if(subject.returns.begin(), subject.returns.end(),
                                    [&](const Return& header) { return header.id == id; });
    return found == subject.returns.end() ? nullptr : &*found;
}

// A partner sees the returns that its connections handle and nothing else.
bool SeesReturn(const Caller& caller, const Return& header) {
    return caller.role != Role::kPartner || caller.Holds(header.connection);
}

}  // namespace

std::string EncodeCursor(const CaseKey& key) {
    std::string both = key.shop;
    both += '\0';
    both += key.order_id;
    return connectors::EncodeBase64Url(both);
}

std::optional<CaseKey> DecodeCursor(std::string_view cursor) {
    const auto both = connectors::DecodeBase64Url(cursor);
    if (!both) return std::nullopt;
    const std::size_t middle = both->find('\0');
    if (middle == std::string::npos) return std::nullopt;
    return CaseKey{both->substr(0, middle), both->substr(middle + 1)};
}

std::int64_t ReadNumber(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = error == std::errc() && end == text.data() + text.size();
    return whole && number > 0 ? number : 0;
}

bool Desk::SeesShop(const Caller& caller, const std::string& shop) const {
    return caller.shop.empty() || caller.shop == shop;
}

std::string Desk::ShopOf(const Caller& caller, const std::string& named) const {
    if (!caller.shop.empty()) return caller.shop;
    for (const ShopSettings& shop : settings_.shops) {
        if (shop.name == named) return named;
    }
    return settings_.shops.empty() ? "main" : settings_.shops.front().name;
}

std::vector<std::string> Desk::Shops(const Caller& caller, const std::string& named) const {
    std::vector<std::string> shops;
    for (const ShopSettings& shop : settings_.shops) {
        if (!SeesShop(caller, shop.name)) continue;
        if (named.empty() || named == shop.name) shops.push_back(shop.name);
    }
    return shops;
}

Result<const Case*> Desk::Read(const CaseKey& key) {
    ASSIGN_OR_RETURN(const Case* subject, engine_.Read(key));
    if (subject == nullptr) return NoSuch("order", key.order_id);
    return subject;
}

Result<CaseKey> Desk::FindOrder(const Caller& caller, const std::string& id,
                                const std::string& shop) {
    std::set<CaseKey> found;
    for (const std::string& name : Shops(caller, shop)) {
        ASSIGN_OR_RETURN(const Case* subject, engine_.Read({name, id}));
        if (subject != nullptr) found.insert({name, id});
    }
    return OnlyOne(found, "order", id);
}

Result<CaseKey> Desk::FindReturn(const Caller& caller, const std::string& id,
                                 const std::string& shop) {
    std::set<CaseKey> found;
    for (const std::string& name : Shops(caller, shop)) {
        ASSIGN_OR_RETURN(const auto keys, engine_.Find({LookupKind::kReturn, name, id}));
        for (const CaseKey& key : keys) {
            ASSIGN_OR_RETURN(const Case* subject, engine_.Read(key));
            if (subject == nullptr || key.shop != name) continue;
            const Return* header = ReturnOf(*subject, id);
            if (header != nullptr && SeesReturn(caller, *header)) found.insert(key);
        }
    }
    return OnlyOne(found, "return", id);
}

Result<std::pair<CaseKey, std::int64_t>> Desk::FindRefund(const Caller& caller,
                                                          const std::string& reference,
                                                          const std::string& shop) {
    std::vector<Lookup> lookups;
    for (const std::string& name : Shops(caller, shop)) {
        lookups.push_back({LookupKind::kOurReference, name, reference});
    }
    for (const ConnectionSettings& connection : settings_.connections) {
        lookups.push_back({LookupKind::kTheirReference, connection.name, reference});
    }
    lookups.push_back({LookupKind::kTheirReference, "", reference});
    for (const Lookup& lookup : lookups) {
        ASSIGN_OR_RETURN(const auto keys, engine_.Find(lookup));
        for (const CaseKey& key : keys) {
            if (!SeesShop(caller, key.shop) || (!shop.empty() && key.shop != shop)) continue;
            ASSIGN_OR_RETURN(const Case* subject, engine_.Read(key));
            if (subject == nullptr) continue;
            for (const Leg& leg : subject->legs) {
                if (leg.reference == reference || leg.their_reference == reference) {
                    return std::pair(key, leg.id);
                }
            }
        }
    }
    return NoSuch("refund", reference);
}

Result<std::vector<CaseKey>> Desk::FindAll(const Caller& caller, const std::string& text) {
    std::vector<CaseKey> all;
    const auto add = [&](const Lookup& lookup) -> Status {
        ASSIGN_OR_RETURN(const auto keys, engine_.Find(lookup));
        all.insert(all.end(), keys.begin(), keys.end());
        return {};
    };
    for (const std::string& shop : Shops(caller, "")) {
        all.push_back({shop, text});  // taken out again below when there is no such order
        RETURN_IF_ERROR(add({LookupKind::kReturn, shop, text}));
        RETURN_IF_ERROR(add({LookupKind::kOurReference, shop, text}));
        RETURN_IF_ERROR(add({LookupKind::kTheirReference, shop, text}));
        const std::string personal = engine_.PersonalKey(shop, text);
        RETURN_IF_ERROR(add({LookupKind::kMail, shop, personal}));
        RETURN_IF_ERROR(add({LookupKind::kPhone, shop, personal}));
    }
    for (const ConnectionSettings& connection : settings_.connections) {
        RETURN_IF_ERROR(add({LookupKind::kTracking, connection.name, text}));
        RETURN_IF_ERROR(add({LookupKind::kTheirReference, connection.name, text}));
    }
    RETURN_IF_ERROR(add({LookupKind::kTracking, "", text}));
    RETURN_IF_ERROR(add({LookupKind::kTheirReference, "", text}));
    return all;
}

Result<SearchPage> Desk::Search(const Caller& caller, const std::string& text,
                                const std::string& cursor, std::size_t most) {
    CaseKey after;
    if (!cursor.empty()) {
        const auto place = DecodeCursor(cursor);
        if (!place) return Invalid("searching: the cursor is not one of ours, leave it out");
        after = *place;
    }
    ASSIGN_OR_RETURN(const auto all, FindAll(caller, text));
    SearchPage page;
    for (const CaseKey& key : std::set<CaseKey>(all.begin(), all.end())) {
        if (!SeesShop(caller, key.shop) || (!cursor.empty() && key <= after)) continue;
        ASSIGN_OR_RETURN(const Case* subject, engine_.Read(key));
        if (subject == nullptr) continue;
        if (page.keys.size() == most) {
            page.next = EncodeCursor(page.keys.back());
            break;
        }
        page.keys.push_back(key);
    }
    return page;
}

}  // namespace returns::gateway
