// One list of a struct's members serves reading, writing and comparing, so that none can be left
// out: the list does not compile unless it names every member. Values; any thread.
//
//   RETURNS_FIELDS(Dispute, tender_id, reference, amount_minor, state, reply_by)
//   std::apply([](const auto&... field) { ... field.name, field.member ... },
//   FieldsOf(Tag<Dispute>()));
#pragma once

#include <string_view>
#include <tuple>

namespace returns {

template <class Owner>
struct Tag {};

template <class Owner, class Member>
struct Field {
    std::string_view name;
    Member Owner::*member;
};
template <class Owner, class Member>
Field(std::string_view, Member Owner::*) -> Field<Owner, Member>;

// Calls `use(field)` for each member of Owner, in their order.
template <class Owner, class Use>
void ForEachField(Use&& use) {
    std::apply([&](const auto&... field) { (use(field), ...); }, FieldsOf(Tag<Owner>()));
}

}  // namespace returns

// Applies `use` to each further argument (at most 64).
#define RETURNS_PARENTHESES ()
#define RETURNS_EXPAND(...) RETURNS_EXPAND3(RETURNS_EXPAND3(RETURNS_EXPAND3(__VA_ARGS__)))
#define RETURNS_EXPAND3(...) RETURNS_EXPAND2(RETURNS_EXPAND2(RETURNS_EXPAND2(__VA_ARGS__)))
#define RETURNS_EXPAND2(...) RETURNS_EXPAND1(RETURNS_EXPAND1(RETURNS_EXPAND1(__VA_ARGS__)))
#define RETURNS_EXPAND1(...) __VA_ARGS__
#define RETURNS_EACH(use, owner, ...) \
    __VA_OPT__(RETURNS_EXPAND(RETURNS_EACH_NEXT(use, owner, __VA_ARGS__)))
#define RETURNS_EACH_NEXT(use, owner, first, ...) \
    use(owner, first) __VA_OPT__(, RETURNS_EACH_AGAIN RETURNS_PARENTHESES(use, owner, __VA_ARGS__))
#define RETURNS_EACH_AGAIN() RETURNS_EACH_NEXT

#define RETURNS_FIELD(owner, name) \
    ::returns::Field { #name, &owner::name }

// The structured binding takes exactly as many names as the struct has members.
#define RETURNS_FIELDS(owner, ...)                                               \
    [[maybe_unused]] constexpr auto FieldsOf(::returns::Tag<owner>) {            \
        return std::make_tuple(RETURNS_EACH(RETURNS_FIELD, owner, __VA_ARGS__)); \
    }                                                                            \
    [[maybe_unused]] inline void EveryMemberIsListed(const owner& value) {       \
        [[maybe_unused]] const auto& [__VA_ARGS__] = value;                      \
    }
