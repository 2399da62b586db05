// The configured connections and the connectors they speak through. Built once at start; one
// thread (a connector serves one thread at a time).
#pragma once

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
};

class Connections {
public:
    // `read_folder` gives a connector folder's files by its name, "payment/stripe".
    using ReadFolder = std::function<Result<connectors::Connector::Files>(const std::string&)>;
    static Result<Connections> Make(const Settings& settings, const ReadFolder& read_folder);

    Connection* Find(std::string_view name);
    std::vector<Connection>& all() { return connections_; }
    // For shop topics, whose connector has no connection of its own.
    connectors::Connector* FindConnector(const std::string& folder);
    std::vector<connectors::Connector*> connectors();  // each once
    // What `decide` may know of them.
    std::vector<workflows::ConnectionFacts> Facts() const;
    // Checked against them when made.
    const std::vector<workflows::RouteRule>& routes() const { return routes_; }

private:
    std::vector<Connection> connections_;
    std::map<std::string, std::unique_ptr<connectors::Connector>> connectors_;
    std::vector<workflows::RouteRule> routes_;
};

}  // namespace returns::gateway
