// Envelopes and event data as canonical JSON, and what each type must say to be of use.
#include "schemas/case_text.h"
#include "schemas/event.h"
#include "schemas/event_fields.h"
#include "schemas/event_read.h"
#include "schemas/json_text.h"

#include <algorithm>
#include <array>
#include <initializer_list>

namespace returns {

namespace {

constexpr std::size_t kSourceBytesMax = 512;
constexpr Place kDataPlace{nullptr, "data"};

// Writing.

template <class Owner>
void WriteObject(const Owner& value, std::string_view always, std::string& out);

void WriteMember(const std::string& value, std::string& out) { AppendJsonString(value, out); }
void WriteMember(bool value, std::string& out) { out += value ? "true" : "false"; }
void WriteMember(int value, std::string& out) { AppendJsonInt(value, out); }
void WriteMember(std::int64_t value, std::string& out) { AppendJsonInt(value, out); }
void WriteMember(Instant value, std::string& out) { AppendJsonString(FormatInstant(value), out); }
void WriteMember(const Customer& value, std::string& out) { WriteObject(value, "", out); }
void WriteMember(const AttemptFact& value, std::string& out) { WriteObject(value, "", out); }
void WriteMember(const TenderFact& value, std::string& out) {
    WriteObject(value, "amount_minor", out);
}

template <class T>
void WriteMember(const std::optional<T>& value, std::string& out) {
    WriteMember(*value, out);
}

void WriteLines(const std::vector<EventLine>& lines, std::string_view always, std::string& out) {
    out += '[';
    for (const EventLine& line : lines) {
        if (&line != lines.data()) out += ',';
        WriteObject(line, always, out);
    }
    out += ']';
}

// Members at their default are left out, except the one that must always stand.
template <class Owner>
void WriteObject(const Owner& value, std::string_view always, std::string& out) {
    static const Owner standard;
    out += '{';
    ForEachField<Owner>([&](const auto& field) {
        const auto& member = value.*field.member;
        if (member == standard.*field.member && field.name != always) return;
        AppendJsonName(field.name, out);
        if constexpr (std::is_same_v<decltype(member), const std::vector<EventLine>&>) {
            WriteLines(member, always, out);
        } else {
            WriteMember(member, out);
        }
    });
    out += '}';
}

void WriteData(EventType type, const EventData& data, std::string& out) {
    WriteObject(data, type == EventType::kOrderPlaced ? "unit_price_minor" : "", out);
}

std::string WireType(EventType type, const EventData& data) {
    std::string wire(Facts(type).wire);
    if (type == EventType::kAction) wire += "." + data.action;
    return wire;
}

// What a type needs beyond shapes.

class Needs {
public:
    Needs(EventType type, const Json& json, const EventData& data)
        : type_(type), wire_(WireType(type, data)), json_(json), data_(data) {}

    Status Check() const {
        RETURN_IF_ERROR(CheckCurrency());
        const EventData& d = data_;
        switch (type_) {
            case EventType::kOrderPlaced:
                RETURN_IF_ERROR(Present(!d.currency.empty(), "currency"));
                return CheckLines();
            case EventType::kOrderCaptured:
                return CheckTender();
            case EventType::kReturnRequested:
                RETURN_IF_ERROR(Present(!d.return_id.empty(), "return_id"));
                return CheckLines();
            case EventType::kReturnApproved:
            case EventType::kReturnDenied:
            case EventType::kReturnCancelled:
            case EventType::kReturnKept:
            case EventType::kReturnReinstated:
            case EventType::kPartnerRollCall:
                return Present(!d.return_id.empty(), "return_id");
            case EventType::kReturnLabelRequested:
                return Present(!d.their_reference.empty(), "their_reference");
            case EventType::kReturnLabelIssued:
                return PresentAny({d.tracking, d.label_url, d.their_reference},
                                  "tracking, label_url or their_reference");
            case EventType::kReturnOpened:
                return d.lines.empty() ? Status() : CheckLines();
            case EventType::kReturnInspected:
                return CheckLines();
            case EventType::kPartnerUnknownStatus:
                return Present(!d.raw_code.empty(), "raw_code");
            case EventType::kRefundSubmitted:
            case EventType::kRefundSettled:
            case EventType::kRefundRefused:
            case EventType::kRefundBounced:
                return PresentAny({d.our_reference, d.their_reference, d.return_id},
                                  "our_reference, their_reference or return_id");
            case EventType::kDisputeOpened:
            case EventType::kDisputeWon:
            case EventType::kDisputeLost:
                return PresentAny({d.tender_id, d.their_reference}, "tender_id or their_reference");
            case EventType::kTicketAcknowledged:
            case EventType::kTicketResolved:
            case EventType::kTicketReopened:
            case EventType::kTicketCancelled:
                return PresentAny({d.ticket_reference, d.our_reference},
                                  "ticket_reference or our_reference");
            case EventType::kAttemptStarted:
            case EventType::kAttemptDone:
            case EventType::kAttemptRefused:
            case EventType::kAttemptNotDone:
            case EventType::kAttemptInDoubt:
                return Present(d.attempt.command > 0, "attempt.command");
            case EventType::kAction:
                return Present(!d.action.empty(), "action");
            case EventType::kOrderDelivered:
            case EventType::kOrderCancelled:
            case EventType::kParcelPosted:
            case EventType::kParcelScanned:
            case EventType::kParcelDelivered:
            case EventType::kParcelUndeliverable:
            case EventType::kParcelDamaged:
            case EventType::kParcelLost:
            case EventType::kReturnSentBack:
            case EventType::kTimerFired:
                return {};
        }
        return {};
    }

private:
    Status Present(bool present, std::string_view what) const {
        if (present) return {};
        return RefuseEvent(wire_, "data." + std::string(what), "missing");
    }

    Status PresentAny(std::initializer_list<std::string_view> values, std::string_view what) const {
        const auto empty = [](std::string_view value) { return value.empty(); };
        return Present(!std::all_of(values.begin(), values.end(), empty), what);
    }

    // The partner's and the shop's amounts are worth nothing without their currency.
    Status CheckCurrency() const {
        const bool outside = !Facts(type_).ours && type_ != EventType::kAction;
        const bool amounts =
            data_.amount_minor.has_value() || data_.tender.has_value() || data_.exchange_minor != 0;
        return Present(!outside || !amounts || !data_.currency.empty(), "currency");
    }

    Status CheckTender() const {
        RETURN_IF_ERROR(Present(data_.tender.has_value(), "tender"));
        RETURN_IF_ERROR(Present(!data_.tender->id.empty(), "tender.id"));
        const Json& tender = json_["tender"];
        return Present(Stands(tender, "amount"), "tender.amount_minor");
    }

    // X_minor or, in its place, X.
    static bool Stands(const Json& owner, const std::string& name) {
        return !owner[name + "_minor"].IsNull() || !owner[name].IsNull();
    }

    Status CheckLines() const {
        RETURN_IF_ERROR(Present(!data_.lines.empty(), "lines"));
        std::vector<std::string_view> ids;
        for (std::size_t i = 0; i < data_.lines.size(); ++i) {
            const std::string at = "lines[" + std::to_string(i) + "].";
            RETURN_IF_ERROR(Present(!data_.lines[i].id.empty(), at + "id"));
            RETURN_IF_ERROR(CheckLine(data_.lines[i], json_["lines"].Items()[i], at));
            ids.emplace_back(data_.lines[i].id);
        }
        std::sort(ids.begin(), ids.end());
        const auto twice = std::adjacent_find(ids.begin(), ids.end());
        if (twice == ids.end()) return {};
        return RefuseEvent(
            wire_, "data.lines",
            "the line '" + std::string(*twice) + "' stands twice; give totals per line");
    }

    Status CheckLine(const EventLine& line, const Json& json, const std::string& at) const {
        switch (type_) {
            case EventType::kOrderPlaced:
                RETURN_IF_ERROR(Present(line.quantity > 0, at + "quantity"));
                return Present(Stands(json, "unit_price"), at + "unit_price_minor");
            case EventType::kReturnRequested:
                return Present(line.quantity > 0, at + "quantity");
            case EventType::kReturnOpened:
                return Present(line.received.has_value(), at + "received");
            case EventType::kReturnInspected:
                return Present(line.accepted || line.rejected || !line.mismatch.empty(),
                               at + "accepted, rejected or mismatch");
            default:
                return {};
        }
    }

    const EventType type_;
    const std::string wire_;
    const Json& json_;
    const EventData& data_;
};

// `order_id` is not a member of the data proper: it names the case.
Result<EventData> ReadData(EventType type, std::string_view wire, const Json& data,
                           std::string* order_id) {
    EventData out;
    if (type == EventType::kAction && wire.starts_with("action.")) {
        out.action = wire.substr(wire.find('.') + 1);
    }
    const std::string named = out.action;
    if (const Json* id = data.Find("order_id")) {
        Json rest = Json::Object();
        for (const auto& [name, value] : data.Members()) {
            if (name != "order_id") rest.Set(name, value);
        }
        if (!id->IsNull()) {
            const std::string_view fault = IdFault(id->AsString());
            if (!fault.empty()) return RefuseEvent(wire, "data.order_id", fault);
            if (order_id != nullptr) *order_id = id->AsString();
        }
        RETURN_IF_ERROR(ReadEventData(wire, rest, kDataPlace, out));
    } else {
        RETURN_IF_ERROR(ReadEventData(wire, data, kDataPlace, out));
    }
    if (!named.empty() && out.action != named) {
        return RefuseEvent(wire, "data.action", "differs from the type");
    }
    RETURN_IF_ERROR(Needs(type, data, out).Check());
    return out;
}

// Facts about the order itself cannot be placed by anything else than its name.
Status CheckOrderNamed(const Envelope& event, const std::string& wire) {
    const bool order = event.type <= EventType::kReturnRequested;
    if (!order || !event.key.order_id.empty()) return {};
    return RefuseEvent(wire, "order_id", "missing");
}

Status CheckPlaceable(const Envelope& event, const std::string& wire) {
    RETURN_IF_ERROR(CheckOrderNamed(event, wire));
    if (!event.key.order_id.empty() || !LookupsOf(event).empty()) return {};
    return RefuseEvent(wire, "order_id",
                       "missing, and no return_id, tracking or reference stands for it");
}

Result<EventType> ReadType(const Json& value) {
    const std::optional<EventType> type = FindEventType(value["type"].AsString());
    if (type) return *type;
    return Invalid("reading event: type '" + value["type"].AsString().substr(0, 80) +
                   "' is not in the vocabulary");
}

Status ReadText(const std::string& wire, const Json& value, std::string_view name,
                std::string& out) {
    const std::string_view fault =
        value.IsString() ? IdFault(value.AsString(), kSourceBytesMax) : "expected text";
    if (!fault.empty()) return RefuseEvent(wire, std::string(name), fault);
    out = value.AsString();
    return {};
}

Status ReadTime(const std::string& wire, const Json& value, std::string_view name, Instant& out) {
    const Result<Instant> time = ParseInstant(value.AsString());
    if (!time.ok()) return RefuseEvent(wire, std::string(name), time.error().text);
    out = *time;
    return {};
}

}  // namespace

Json EncodeEventData(EventType type, const EventData& data) {
    std::string text;
    WriteData(type, data, text);
    return TreeOf(text);
}

Result<EventData> DecodeEventData(EventType type, const Json& data) {
    return ReadData(type, Facts(type).wire, data, nullptr);
}

void AppendEnvelope(const Envelope& event, std::string& out) {
    out += '{';
    const auto put = [&out](std::string_view name, std::string_view value) {
        if (value.empty()) return;
        AppendJsonName(name, out);
        AppendJsonString(value, out);
    };
    put("type", WireType(event.type, event.data));
    put("shop", event.key.shop);
    put("order_id", event.key.order_id);
    put("connection", event.connection);
    put("source", event.source);
    put("source_id", event.source_id);
    put("occurred_at", FormatInstant(event.occurred_at));
    put("recorded_at", FormatInstant(event.recorded_at));
    put("mapping_hash", event.mapping_hash);
    AppendJsonName("data", out);
    WriteData(event.type, event.data, out);
    out += '}';
}

std::string EnvelopeText(const Envelope& event) {
    std::string text;
    AppendEnvelope(event, text);
    return text;
}

Json EncodeEnvelope(const Envelope& event) { return TreeOf(EnvelopeText(event)); }

Result<Envelope> DecodeEnvelope(const Json& value) {
    Envelope event;
    ASSIGN_OR_RETURN(event.type, ReadType(value));
    const std::string& wire = value["type"].AsString();
    for (const auto& [name, member] : value.Members()) {
        if (name == "type" || name == "data") continue;
        if (name == "occurred_at") {
            RETURN_IF_ERROR(ReadTime(wire, member, name, event.occurred_at));
        } else if (name == "recorded_at") {
            RETURN_IF_ERROR(ReadTime(wire, member, name, event.recorded_at));
        } else {
            std::string* const text = name == "shop"           ? &event.key.shop
                                      : name == "order_id"     ? &event.key.order_id
                                      : name == "connection"   ? &event.connection
                                      : name == "source"       ? &event.source
                                      : name == "source_id"    ? &event.source_id
                                      : name == "mapping_hash" ? &event.mapping_hash
                                                               : nullptr;
            if (text == nullptr) return RefuseEvent(wire, name, "not a member of an envelope");
            RETURN_IF_ERROR(ReadText(wire, member, name, *text));
        }
    }
    std::string order_id;
    ASSIGN_OR_RETURN(event.data, ReadData(event.type, wire, value["data"], &order_id));
    if (event.key.order_id.empty()) event.key.order_id = order_id;
    if (!order_id.empty() && event.key.order_id != order_id) {
        return RefuseEvent(wire, "data.order_id", "differs from order_id");
    }
    RETURN_IF_ERROR(CheckOrderNamed(event, wire));
    return event;
}

Result<Envelope> DecodeCloudEvent(const Json& value) {
    if (value["specversion"].AsString() != "1.0") {
        return Invalid("reading event: specversion must be \"1.0\" (CloudEvents)");
    }
    Envelope event;
    ASSIGN_OR_RETURN(event.type, ReadType(value));
    const std::string& wire = value["type"].AsString();
    if (Facts(event.type).ours) return RefuseEvent(wire, "type", "only the gateway may say this");
    RETURN_IF_ERROR(ReadText(wire, value["id"], "id", event.source_id));
    RETURN_IF_ERROR(ReadText(wire, value["source"], "source", event.source));
    if (value.Find("time") != nullptr) {
        RETURN_IF_ERROR(ReadTime(wire, value["time"], "time", event.occurred_at));
    }
    if (value.Find("data_base64") != nullptr) {
        return RefuseEvent(wire, "data_base64", "expected JSON in data");
    }
    if (value.Find("subject") != nullptr) {
        RETURN_IF_ERROR(ReadText(wire, value["subject"], "subject", event.key.order_id));
    }
    static const Json kNothing = Json::Object();  // a fact may need no data at all
    const Json* data = value.Find("data");
    std::string order_id;
    ASSIGN_OR_RETURN(event.data,
                     ReadData(event.type, wire, data == nullptr ? kNothing : *data, &order_id));
    if (event.key.order_id.empty()) event.key.order_id = order_id;
    if (!order_id.empty() && event.key.order_id != order_id) {
        return RefuseEvent(wire, "data.order_id", "differs from subject");
    }
    RETURN_IF_ERROR(CheckPlaceable(event, wire));
    return event;
}

}  // namespace returns
