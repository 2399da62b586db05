#include "schemas/event_read.h"

#include "schemas/event_fields.h"
#include "schemas/money.h"

#include <algorithm>
#include <array>
#include <limits>

namespace returns {

namespace {

constexpr std::size_t kTextBytesMax = 2048;

// Members that hold words for people or partners' own codes, not names of things.
constexpr std::array<std::string_view, 14> kTexts = {
    "reason", "place", "raw_code",  "grade", "disposition", "detail", "name",
    "mail",   "phone", "label_url", "sku",   "carrier",     "answer", "jurisdiction"};

struct Choice {
    std::string_view member;
    std::array<std::string_view, 6> values;
    std::string_view fault;
};
constexpr std::array<Choice, 3> kChoices = {
    {{"resolution",
      {"refund", "exchange", "store_credit", "settled"},
      "expected refund, exchange, store_credit or settled"},
     {"mismatch",
      {"wrong_item", "short", "empty", "damaged", "unknown"},
      "expected wrong_item, short, empty, damaged or unknown"},
     {"kind",
      {"card", "wallet", "bank", "gift_card", "store_credit", "other"},
      "expected card, wallet, bank, gift_card, store_credit or other"}}};

template <std::size_t n>
bool Among(const std::array<std::string_view, n>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

class Reader {
public:
    Reader(std::string_view wire, std::string_view currency) : wire_(wire), currency_(currency) {}

    template <class Owner>
    Status Object(const Json& json, const Place& at, Owner& out) const {
        if (!json.IsObject()) return Refuse(at, "expected an object");
        for (const auto& entry : json.Members()) {
            const auto& name = entry.first;  // no binding: Clang 14 cannot capture one
            const auto& value = entry.second;
            bool known = false;
            Status status;
            const Place here{&at, name};
            ForEachField<Owner>([&](const auto& field) {
                if (known) return;
                if (field.name == name) {
                    known = true;
                    if (!value.IsNull()) status = Member(value, here, out.*field.member);
                } else if (IsDecimalOf(field.name, name)) {
                    known = true;
                    if (!value.IsNull()) {
                        status = Decimal(json, field.name, value, here, out.*field.member);
                    }
                }
            });
            if (!known) return Refuse(here, "not a member of the vocabulary");
            if (!status.ok()) return status;
        }
        return {};
    }

private:
    Error Refuse(const Place& at, std::string_view why) const {
        return RefuseEvent(wire_, at.Path(), why);
    }

    // Whether `name` is the decimal spelling of the member `field`: "amount" for "amount_minor".
    static bool IsDecimalOf(std::string_view field, std::string_view name) {
        return field.size() == name.size() + 6 && field.ends_with("_minor") &&
               field.starts_with(name);
    }

    template <class Member>
    Status Decimal(const Json& owner, std::string_view minor_name, const Json& value,
                   const Place& at, Member& out) const {
        if constexpr (std::is_same_v<Member, std::int64_t> ||
                      std::is_same_v<Member, std::optional<std::int64_t>>) {
            const Json* twin = owner.Find(minor_name);
            if (twin != nullptr && !twin->IsNull()) {
                return Refuse(at, "stands twice, as decimal text and in minor units");
            }
            if (!value.IsString()) return Refuse(at, "expected decimal text, such as \"12.99\"");
            const Result<std::int64_t> minor = ParseMinor(value.AsString(), currency_);
            if (!minor.ok()) return Refuse(at, minor.error().text);
            out = *minor;
            return {};
        } else {
            return Refuse(at, "not an amount");
        }
    }

    Status Member(const Json& value, const Place& at, std::string& out) const {
        if (!value.IsString()) return Refuse(at, "expected text");
        const std::string& text = value.AsString();
        if (const std::string_view fault = IdFault(text); !fault.empty()) {
            if (!Among(kTexts, at.name)) return Refuse(at, fault);
            if (text.size() > kTextBytesMax) return Refuse(at, "longer than 2048 bytes");
        }
        for (const Choice& choice : kChoices) {
            if (choice.member == at.name && !Among(choice.values, text)) {
                return Refuse(at, choice.fault);
            }
        }
        if (at.name == "currency" && !CurrencyExponent(text)) {
            return Refuse(at, "not a currency code of ISO 4217");
        }
        const auto capital = [](char c) { return c >= 'A' && c <= 'Z'; };
        if (at.name == "country" &&
            (text.size() != 2 || !std::all_of(text.begin(), text.end(), capital))) {
            return Refuse(at, "expected two capitals of ISO 3166-1, such as DE");
        }
        out = text;
        return {};
    }

    Result<std::int64_t> Whole(const Json& value, const Place& at, std::int64_t low,
                               std::int64_t high) const {
        const Result<std::int64_t> whole = value.AsInt();
        if (whole.ok() && *whole >= low && *whole <= high) return *whole;
        return Refuse(at, "expected a whole number from " + std::to_string(low) + " to " +
                              std::to_string(high));
    }

    Status Member(const Json& value, const Place& at, int& out) const {
        ASSIGN_OR_RETURN(const std::int64_t whole,
                         Whole(value, at, at.name == "quantity" ? 1 : 0, kCountMax));
        out = static_cast<int>(whole);
        return {};
    }

    Status Member(const Json& value, const Place& at, std::int64_t& out) const {
        const bool money = at.name.ends_with("_minor");
        ASSIGN_OR_RETURN(
            out, Whole(value, at, 0, money ? kMinorMax : std::numeric_limits<std::int64_t>::max()));
        return {};
    }

    Status Member(const Json& value, const Place& at, bool& out) const {
        if (!value.IsBool()) return Refuse(at, "expected true or false");
        out = value.AsBool();
        return {};
    }

    Status Member(const Json& value, const Place& at, Instant& out) const {
        const Result<Instant> time = ParseInstant(value.AsString());
        if (!time.ok()) return Refuse(at, time.error().text);
        out = *time;
        return {};
    }

    template <class T>
    Status Member(const Json& value, const Place& at, std::optional<T>& out) const {
        return Member(value, at, out.emplace());
    }

    Status Member(const Json& value, const Place& at, std::vector<EventLine>& out) const {
        if (!value.IsArray()) return Refuse(at, "expected a list");
        out.reserve(value.Items().size());
        for (const Json& item : value.Items()) {
            const Place here{at.above, at.name, static_cast<int>(out.size())};
            RETURN_IF_ERROR(Object(item, here, out.emplace_back()));
        }
        return {};
    }

    template <class Owner>
    Status Member(const Json& value, const Place& at, Owner& out) const {
        return Object(value, at, out);
    }

    const std::string_view wire_, currency_;
};

}  // namespace

std::string Place::Path() const {
    std::string path = above == nullptr ? "" : above->Path();
    if (!path.empty() && !name.empty()) path += '.';
    path += name;
    if (index >= 0) path += "[" + std::to_string(index) + "]";
    return path;
}

Error RefuseEvent(std::string_view wire, const std::string& path, std::string_view why) {
    return Invalid("reading event " + std::string(wire) + ": " + path + (path.empty() ? "" : ": ") +
                   std::string(why));
}

std::string_view IdFault(std::string_view text, std::size_t bytes_max) {
    if (text.empty()) return "empty";
    if (text.size() > bytes_max) return "too long for a name";
    const auto control = [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) == 0x7F;
    };
    if (std::any_of(text.begin(), text.end(), control)) return "holds a control character";
    return "";
}

Status ReadEventData(std::string_view wire, const Json& data, const Place& at, EventData& out) {
    return Reader(wire, data["currency"].AsString()).Object(data, at, out);
}

}  // namespace returns
