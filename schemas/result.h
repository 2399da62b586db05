// The outcome of anything that may fail as a matter of course: a value, or an Error that says what
// was being done, to what, and what to do next. Broken invariants are not errors: see check.h.
// Plain values; any thread.
#pragma once

#include "schemas/check.h"

#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace returns {

// A code exists only where some caller reacts to it differently; all else is text.
enum class Code {
    kInvalid,      // the input is wrong; the sender must change it
    kNotFound,     // no such thing, as far as we know now
    kConflict,     // the same name with other contents, or a version that moved on
    kLimit,        // a stated limit was reached
    kUnavailable,  // certainly not done; may work later
    kInDoubt,      // may have been done
    kInternal,     // our side failed (disk, library); nothing was promised
};

struct Error {
    Code code = Code::kInternal;
    std::string text;  // gerund, what, which, hint: "reading settings: unknown key 'prot', ..."
};

template <class T>
class [[nodiscard]] Result {
public:
    Result(T value) : held_(std::in_place_index<0>, std::move(value)) {}      // NOLINT: implicit
    Result(Error error) : held_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: implicit

    bool ok() const { return held_.index() == 0; }
    explicit operator bool() const { return ok(); }

    // REQUIRES: ok().
    T& value() & {
        CHECK(ok());
        return *std::get_if<0>(&held_);
    }
    const T& value() const& {
        CHECK(ok());
        return *std::get_if<0>(&held_);
    }
    T&& value() && {
        CHECK(ok());
        return std::move(*std::get_if<0>(&held_));
    }
    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }

    // REQUIRES: !ok().
    const Error& error() const {
        CHECK(!ok());
        return *std::get_if<1>(&held_);
    }

private:
    std::variant<T, Error> held_;
};

template <>
class [[nodiscard]] Result<void> {
public:
    Result() = default;
    Result(Error error) : error_(std::move(error)) {}  // NOLINT: implicit

    bool ok() const { return !error_.has_value(); }
    explicit operator bool() const { return ok(); }
    const Error& error() const {
        CHECK(error_.has_value());
        return *error_;
    }

private:
    std::optional<Error> error_;
};

using Status = Result<void>;

inline Error Invalid(std::string text) { return Error{Code::kInvalid, std::move(text)}; }

}  // namespace returns

#define RETURNS_CONCAT_INNER(a, b) a##b
#define RETURNS_CONCAT(a, b) RETURNS_CONCAT_INNER(a, b)

// ASSIGN_OR_RETURN(auto value, Expression()); leaves the function with the error, if there is one.
#define ASSIGN_OR_RETURN(declaration, expression) \
    ASSIGN_OR_RETURN_NAMED(RETURNS_CONCAT(result_, __LINE__), declaration, expression)
#define ASSIGN_OR_RETURN_NAMED(name, declaration, expression) \
    auto name = (expression);                                 \
    if (!name.ok()) return name.error();                      \
    declaration = std::move(name).value()

// RETURN_IF_ERROR(Expression()); the same for a Status.
#define RETURN_IF_ERROR(expression)                        \
    do {                                                   \
        auto status_here = (expression);                   \
        if (!status_here.ok()) return status_here.error(); \
    } while (false)
