#include "inspect/judgement/json_writer.h"
#include "inspect/judgement/reports.h"

namespace dill::inspect {

namespace {

void part(JsonWriter& json, const std::optional<std::string>& name) {
  if (name) {
    json.text(*name);
  } else {
    json.null();
  }
}

void names(JsonWriter& json, const std::vector<GlobalName>& globals) {
  json.key("globals");
  json.begin_list();
  for (const GlobalName& global : globals) {
    json.begin_list();
    part(json, global.module);
    part(json, global.name);
    json.end_list();
  }
  json.end_list();
}

void details(JsonWriter& json, const std::vector<GlobalName>& globals) {
  json.key("names");
  json.begin_list();
  for (const GlobalName& global : globals) {
    json.begin_object();
    json.key("module");
    part(json, global.module);
    json.key("name");
    part(json, global.name);
    json.field("severity", to_string(global.severity));
    json.field("level", to_string(global.level));
    json.field("reason", global.reason);
    json.field("lookups", global.lookups);
    json.field("calls", global.calls);
    json.field("offset", global.offset);
    json.end_object();
  }
  json.end_list();
}

void member(JsonWriter& json, const MemberReport& report) {
  json.begin_object();
  json.field("path", report.path);
  json.field("format", report.format);
  json.field("size", report.size);
  json.key("file_offset");
  if (report.file_offset) {
    json.number(*report.file_offset);
  } else {
    json.null();
  }
  json.flag("pickle", report.is_pickle);
  if (report.is_pickle) {
    json.field("verdict", to_string(report.verdict));
    json.field("level", to_string(report.level));
    json.flag("dynamic", report.dynamic);
    json.field("protocol", static_cast<std::uint64_t>(report.protocol));
    json.field("pickles", static_cast<std::uint64_t>(report.pickles));
    json.field("end", report.end);
    json.field("lookups", report.lookups);
    json.field("calls", report.calls);
    names(json, report.globals);
    details(json, report.globals);
    json.key("fault");
    if (report.fault) {
      json.begin_object();
      json.field("offset", report.fault->offset);
      json.field("message", report.fault->message);
      json.end_object();
    } else {
      json.null();
    }
  }
  json.end_object();
}

void texts(JsonWriter& json, std::string_view key, const std::vector<std::string>& values) {
  json.key(key);
  json.begin_list();
  for (const std::string& value : values) json.text(value);
  json.end_list();
}

}  // namespace

std::string json_report(const Inspection& inspection, std::string_view source) {
  JsonWriter json;
  json.begin_object();
  json.field("file", source);
  json.field("size", inspection.size);
  json.field("verdict", to_string(inspection.verdict));
  json.field("level", to_string(inspection.level));
  json.flag("dynamic", inspection.dynamic);
  names(json, inspection.globals);
  json.key("findings");
  json.begin_list();
  for (const Finding& finding : inspection.findings) {
    json.begin_object();
    json.field("id", finding.id);
    json.field("severity", to_string(finding.severity));
    json.field("message", finding.message);
    json.field("member", finding.member);
    json.field("offset", finding.offset);
    json.field("count", finding.count);
    json.end_object();
  }
  json.end_list();
  json.key("members");
  json.begin_list();
  for (const MemberReport& report : inspection.members) member(json, report);
  json.end_list();
  json.key("requires");
  json.begin_object();
  const Requirements& needs = inspection.requirements;
  json.field("python_minimum", needs.python_minimum);
  json.field("python_maximum", needs.python_maximum);
  texts(json, "modules", needs.modules);
  texts(json, "notes", needs.notes);
  json.end_object();
  json.end_object();
  return json.take();
}

}  // namespace dill::inspect
