// Random values of every struct of the case, made member by member from the lists of members. Only
// inside a RapidCheck property.
#pragma once

#include "schemas/case_json.h"

#include <rapidcheck.h>

#include <string>
#include <type_traits>
#include <vector>

namespace returns {

template <class T>
struct IsVector : std::false_type {};
template <class T>
struct IsVector<std::vector<T>> : std::true_type {};

// From 0 up to, not including, `end`; evenly, whatever size a property has grown to.
inline int Below(int end) { return *rc::gen::resize(100, rc::gen::inRange(0, end)); }

inline int States(ReturnState) { return kReturnStates; }
inline int States(RefundState) { return kRefundStates; }
inline int States(Executor) { return 2; }
inline int States(DisputeState) { return 3; }
inline int States(CommandState) { return 3; }
inline int States(TicketState) { return 4; }

inline std::string RandomText() {
    return *rc::gen::element<std::string>("", "a", "b", "R-17", "O\"1\\", "caf\xC3\xA9", "line\n",
                                          "\x01", "1", "2", "EUR");
}

inline Instant RandomInstant() {
    const auto millis = *rc::gen::inRange<std::int64_t>(946'684'800'000, 7'258'118'400'000);
    return *rc::gen::element(kNoTime, kNever, Instant::min(), Instant(Millis(millis)));
}

inline Envelope RandomEnvelope() {
    Envelope event;
    event.type = *rc::gen::element(EventType::kParcelScanned, EventType::kTimerFired);
    event.key.order_id = *rc::gen::element<std::string>("O-1", "O-2");
    event.source_id = *rc::gen::element<std::string>("1", "2", "3");
    event.data.place = RandomText();
    return event;
}

template <class T>
T Random() {
    if constexpr (std::is_same_v<T, std::string>) {
        return RandomText();
    } else if constexpr (std::is_same_v<T, bool>) {
        return Below(2) == 0;
    } else if constexpr (std::is_integral_v<T>) {
        return Below(2) == 0 ? static_cast<T>(Below(6))
                             : *rc::gen::resize(100, rc::gen::arbitrary<T>());
    } else if constexpr (std::is_same_v<T, Instant>) {
        return RandomInstant();
    } else if constexpr (std::is_enum_v<T>) {
        return static_cast<T>(Below(States(T())));
    } else if constexpr (std::is_same_v<T, Json>) {
        return *rc::gen::element(Json(), Json::Int(1), Json::Object({{"a", Json::Array()}}));
    } else if constexpr (std::is_same_v<T, Envelope>) {
        return RandomEnvelope();
    } else if constexpr (std::is_same_v<T, Seen>) {
        return Seen{Random<std::uint64_t>(), Random<std::int64_t>()};
    } else if constexpr (IsVector<T>::value) {
        T list;
        const int size = Below(5);
        for (int i = 0; i < size; ++i) list.push_back(Random<typename T::value_type>());
        return list;
    } else {
        T value;
        ForEachField<T>([&](const auto& field) {
            using Member = std::remove_reference_t<decltype(value.*field.member)>;
            value.*field.member = Random<Member>();
        });
        return value;
    }
}

}  // namespace returns
