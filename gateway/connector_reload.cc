#include "gateway/connector_reload.h"

#include "gateway/log.h"

#include <utility>

namespace returns::gateway {

ConnectorReload::ConnectorReload(const Settings& settings, Connections& connections,
                                 workflows::Rulebook& book, Ports ports)
    : settings_(settings), connections_(connections), book_(book), ports_(std::move(ports)) {}

void ConnectorReload::Ask(Done done) { asked_.push_back(std::move(done)); }

bool ConnectorReload::Step() {
    if (!running_ && !asked_.empty()) {
        serving_ = std::exchange(asked_, {});
        running_ = true;
        ports_.start([this] {
            prepared_ = connections_.Prepare(settings_, ports_.read_folder, ports_.watch);
        });
        return true;
    }
    if (!running_ || !ports_.ended()) return false;
    running_ = false;
    const ReloadEnd end = Finish(std::move(*prepared_));
    prepared_.reset();
    for (const Done& done : std::exchange(serving_, {}))
        if (done) done(end);
    return true;
}

ReloadEnd ConnectorReload::Finish(Result<Connections::Prepared> prepared) {
    ReloadEnd end;
    if (!prepared.ok()) {
        ++counters_.refused;
        end.why = prepared.error().text;
        Log(LogLevel::kError, "connectors", "not reloaded: " + end.why);
        return end;
    }
    ports_.swap([&] { end.changed = connections_.Adopt(std::move(prepared).value()); });
    book_.connections = connections_.Facts();
    end.good = true;
    ++(end.changed.empty() ? counters_.unchanged : counters_.changed);
    std::string names;
    for (const std::string& name : end.changed)
        names += (names.empty() ? "" : ", ") + name + " " +
                 connections_.FindConnector(name)->hash().substr(0, 12);
    Log(LogLevel::kInfo, "connectors",
        names.empty() ? "reloaded: no folder has changed" : "reloaded: " + names);
    if (ports_.changed) ports_.changed();
    return end;
}

}  // namespace returns::gateway
