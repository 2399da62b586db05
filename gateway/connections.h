// The configured connections and the connectors they speak through. One thread (a connector serves
// one thread at a time); only Prepare may run beside it.
#pragma once

#include "connectors/conformance.h"
#include "connectors/connector.h"
#include "gateway/settings.h"
#include "workflows/rules.h"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace returns::gateway {

struct Connection {
    ConnectionSettings settings;                 // its mode is the one in force; see switches.h
    connectors::Connector* connector = nullptr;  // owned by Connections, shared per folder
    bool stopped = false;                        // the kill switch: nothing is sent
    // The connector's settings with other callback keys than at the start; null where none have
    // changed. Read on any thread, by CallbackSettings.
    std::shared_ptr<const Json> rekeyed = nullptr;
};

class Connections {
public:
    // `read_folder` gives a connector folder's files by its name, "payment/stripe".
    using ReadFolder = std::function<Result<connectors::Connector::Files>(const std::string&)>;
    static Result<Connections> Make(const Settings& settings, const ReadFolder& read_folder);

    Connection* Find(std::string_view name);
    std::vector<Connection>& all() { return connections_; }
    const std::vector<Connection>& all() const { return connections_; }
    // For shop topics, whose connector has no connection of its own.
    connectors::Connector* FindConnector(const std::string& folder);
    std::vector<connectors::Connector*> connectors();  // each once
    // What `decide` may know of them.
    std::vector<workflows::ConnectionFacts> Facts() const;
    // Checked against them when made.
    const std::vector<workflows::RouteRule>& routes() const { return routes_; }

    // What Prepare made, until Adopt takes it.
    struct Prepared {
        std::map<std::string, std::unique_ptr<connectors::Connector>> connectors;  // changed ones
        std::map<std::string, Json> settings;                                      // by connection
    };
    // Reads the connectors' folders once more, runs the cases of those that changed, and
    // checks that each can take the place of the one in force. Changes nothing here: it may run on
    // another thread, as long as nobody calls Adopt. `watch` stops mappings that run away.
    Result<Prepared> Prepare(const Settings& settings, const ReadFolder& read_folder,
                             const connectors::TestWatch& watch) const;
    // Puts them in place; gives the names of the connectors that changed. Facts change with it, and
    // whoever has twins makes new ones. Connections stay where they are.
    std::vector<std::string> Adopt(Prepared prepared);
    // The version of its connector that a command was sent with, where it is still known; else the
    // one in force.
    connectors::Connector& VersionOf(const Connection& connection, std::string_view hash);

private:
    std::vector<Connection> connections_;
    std::map<std::string, std::unique_ptr<connectors::Connector>> connectors_;
    std::vector<workflows::RouteRule> routes_;
    std::vector<std::unique_ptr<connectors::Connector>> retired_;  // oldest first
};

// What the engine knows of the provider behind a payment connector.
void TakeTerms(const connectors::PaymentProfile& profile, workflows::ConnectionFacts& facts);

}  // namespace returns::gateway
