// A service desk with the manners of SolarWinds Service Desk: incidents, comments, lists that
// ignore what they do not know, and a person who sometimes closes a ticket. Under the clockwork's
// mutex.
#pragma once

#include "schemas/json.h"
#include "tests/sandbox/clockwork.h"
#include "tests/sandbox/courier.h"
#include "tests/sandbox/faults.h"
#include "tests/sandbox/web.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace returns::sandbox {

class Desk {
public:
    Desk(Clockwork& clockwork, Courier& courier, const Faults& faults);

    void SetConnection(std::string name) { connection_ = std::move(name); }
    WebAnswer Serve(const WebRequest& request);
    Json Tickets() const;

private:
    struct Incident {
        std::int64_t id = 0, number = 0;
        std::string name, description, priority, state, requester, resolved_by;
        Json custom_fields = Json::Array();
        std::vector<std::string> comments;
        Instant created = kNoTime, updated = kNoTime;
    };

    WebAnswer Create(const WebRequest& request);
    WebAnswer List(const WebRequest& request) const;
    WebAnswer Update(Incident& incident, const Json& body);
    WebAnswer Comment(Incident& incident, const Json& body);
    void PlanPerson(std::int64_t id);
    void Move(std::int64_t id, const std::string& state, const std::string& by);
    Json AsJson(const Incident& incident) const;

    Clockwork& clockwork_;
    Courier& courier_;
    const Faults& faults_;
    std::string connection_ = "desk";
    std::map<std::int64_t, Incident> incidents_;
    int calls_ = 0;
};

}  // namespace returns::sandbox
