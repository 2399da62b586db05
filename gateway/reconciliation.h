// After a restore: money of older orders is looked up before it may leave (workflows/reconcile.cc
// decides so). This keeps how far that has come: the topics are read to their end first, then every
// order with refunds open is brought to ask its providers, and a person ends it. One thread, the
// lane's.
#pragma once

#include "gateway/engine.h"
#include "gateway/ports.h"
#include "workflows/rules.h"

#include <cstdint>
#include <functional>
#include <map>
#include <string>

namespace returns::gateway {

// How far a restored gateway has come.
struct ReconcilingFigures {
    bool open = false, catching_up = false, visited = false;
    std::int64_t lists = 0;          // payments not yet asked for all their refunds
    std::int64_t confirmations = 0;  // refunds that wait for a person's word
    // Something is still to be done before a person can end it.
    bool busy() const { return open && (catching_up || !visited || lists + confirmations > 0); }
    std::string Text() const;
};

class Reconciliation {
public:
    // `book` is the engine's. `caught_up`: the topics have been read to their end since the start;
    // nullptr where there are none.
    Reconciliation(Engine& engine, Clock& clock, workflows::Rulebook& book,
                   std::function<bool()> caught_up)
        : engine_(engine), clock_(clock), book_(book), caught_up_(std::move(caught_up)) {}

    // Generation and restore as the database knows them, into the book; what is to be kept of it
    // into `meta_to_write`. Once, before anything is decided.
    static Status Read(Archive& archive, Instant now, workflows::Rulebook& book,
                       std::map<std::string, std::string>& meta_to_write);

    bool open() const { return book_.restore.open; }
    Instant restored_at() const { return book_.restore.at; }
    // Money waits for the topics.
    bool CatchingUp();
    // False when there was nothing to do.
    bool Step();
    bool visited() const { return visited_all_; }  // every order has been looked at once
    std::int64_t asked() const { return asked_; }  // orders brought to ask, since the start
    // A person knows that nothing unknown is left. kConflict: there is nothing to end;
    // kUnavailable: not stored, and so not done.
    Status End(const std::string& by, const std::string& reason);

private:
    Engine& engine_;
    Clock& clock_;
    workflows::Rulebook& book_;
    const std::function<bool()> caught_up_;
    bool up_ = false;
    bool visited_all_ = false;
    std::int64_t after_ = 0, asked_ = 0;
};

}  // namespace returns::gateway
