// Rule books: those that are built in, and an office's own, which is a built-in one with other numbers.
#include <nlohmann/json.hpp>
#include <utility>

#include "central/http/rest_class_state.h"
#include "central/http/rest_context.h"
#include "central/http/rest_fields.h"
#include "common/contract/ids.h"

namespace holeshot::http {

namespace comp = competition;

namespace {

bool built_in(const std::string& name) { return !comp::rule_book_text(name).empty(); }

Outcome<Response> list(const RestContext& context, const Request& /*request*/) {
  Json books = Json::array();
  for (const auto name : comp::rule_book_names()) {
    books.push_back(Json::parse(comp::rule_book_text(name)));
    books.back()["built_in"] = true;
  }
  const Plan plan{context.queries};
  HOLESHOT_ASSIGN(const auto ids, lift(context.queries.ids(read::kRuleBook, "")));
  for (const auto& id : ids) {
    HOLESHOT_ASSIGN(Json book, plan.get(read::kRuleBook, id));
    book["built_in"] = false;
    books.push_back(std::move(book));
  }
  return Response::json(200, books.dump());
}

Outcome<Response> show(const RestContext& context, const Request& request) {
  const std::string& name = request.params.at("name");
  if (built_in(name)) return Response::json(200, std::string{comp::rule_book_text(name)});
  return context.object_response(200, read::kRuleBook, name);
}

// Results rest on the book that a class was drawn by.
Verdict nobody_was_drawn_by(const Plan& plan, const std::string& name) {
  HOLESHOT_ASSIGN(const auto ids, lift(plan.queries().ids(read::kClass, "")));
  for (const auto& id : ids) {
    HOLESHOT_ASSIGN(const Json its, plan.get(read::kClass, id));
    const Json& draw = member(its, "draw");
    if (draw.is_object() && text_at(draw, "rule_book") == name) {
      return refuse(409, "referenced",
                    "class " + text_at(its, "name") + " is drawn by this book: it stays as it is");
    }
  }
  return {};
}

// The book that the body says: a whole one, or what is other than in `based_on`.
Outcome<Json> wanted_book(const std::string& name, const Json& body) {
  const std::string base = text_at(body, "based_on").empty() ? "club" : text_at(body, "based_on");
  if (!built_in(base)) return refuse(422, "invalid", "there is no built-in rule book " + base, "/based_on");
  Json book = Json::parse(comp::rule_book_text(base));
  book.merge_patch(body);
  book["name"] = name;
  book["based_on"] = base;
  for (const char* field : {"id", "created_at", "updated_at", "built_in"}) book.erase(field);
  const auto read = comp::parse_rule_book(book.dump(-1, ' ', false, Json::error_handler_t::replace));
  if (!read) return refuse(422, "invalid", read.error().text());
  return book;
}

Outcome<Response> put(RestContext& context, const Request& request) {
  const std::string& name = request.params.at("name");
  HOLESHOT_ASSIGN(const Json body, body_of(request));
  HOLESHOT_TRY(lift(contract::TrackId::parse(name, "name")));  // the same letters
  if (built_in(name))
    return refuse(409, "built_in", "a built-in rule book stays as it is: give yours another name");
  HOLESHOT_ASSIGN(const Json book, wanted_book(name, body));
  const auto change = [&](Plan& plan) -> Verdict {
    HOLESHOT_ASSIGN(const auto there, lift(plan.queries().object(read::kRuleBook, name)));
    if (there) {
      HOLESHOT_TRY(plan.get_matching(read::kRuleBook, name, request));
      HOLESHOT_TRY(nobody_was_drawn_by(plan, name));
    }
    plan.put(read::kRuleBook, name, book);
    return {};
  };
  HOLESHOT_TRY(context.registry.commit(actor_of(request), change));
  return context.object_response(200, read::kRuleBook, name);
}

Outcome<Response> remove(RestContext& context, const Request& request) {
  const std::string& name = request.params.at("name");
  if (built_in(name)) return refuse(409, "built_in", "a built-in rule book stays");
  const auto change = [&](Plan& plan) -> Verdict {
    HOLESHOT_TRY(plan.get_matching(read::kRuleBook, name, request));
    HOLESHOT_ASSIGN(const auto held, lift(plan.queries().references(read::kRuleBook, name)));
    if (!held.empty()) return refuse(409, "referenced", held[0].kind + " " + held[0].id + " names this book");
    HOLESHOT_TRY(nobody_was_drawn_by(plan, name));
    plan.remove(read::kRuleBook, name);
    return {};
  };
  HOLESHOT_TRY(context.registry.commit(actor_of(request), change));
  return Response::no_content();
}

}  // namespace

void add_rule_book_routes(Router& router, RestContext& context) {
  const auto add = [&](const char* method, const char* pattern, auto handler) {
    router.add(method, pattern,
               answering([&context, handler](const Request& request) { return handler(context, request); }));
  };
  add("GET", "/api/rule-books", list);
  add("GET", "/api/rule-books/{name}", show);
  add("PUT", "/api/rule-books/{name}", put);
  add("DELETE", "/api/rule-books/{name}", remove);
}

}  // namespace holeshot::http
