/* Calls by xmlrpc-c, the library for C. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xmlrpc-c/base.h>
#include <xmlrpc-c/client.h>

static void put(const char *text) {
  for (; *text != 0; text++) {
    if (*text == '\n') fputs("\\n", stdout);
    else if (*text == '\\') fputs("\\\\", stdout);
    else putchar(*text);
  }
}

static void row(const char *label, const char *kind, const char *text) {
  put(label);
  printf("\t%s ", kind);
  put(text);
  putchar('\n');
}

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static void show(const char *label, xmlrpc_value *value) {
  xmlrpc_env env;
  char below[1024];
  xmlrpc_env_init(&env);
  switch (xmlrpc_value_type(value)) {
    case XMLRPC_TYPE_STRUCT: {
      int size = xmlrpc_struct_size(&env, value);
      const char **names = calloc((size_t)size + 1, sizeof *names);
      for (int i = 0; i < size; i++) {
        xmlrpc_value *key, *member;
        xmlrpc_struct_read_member(&env, value, (unsigned)i, &key, &member);
        xmlrpc_read_string(&env, key, &names[i]);
      }
      qsort(names, (size_t)size, sizeof *names, by_name);
      for (int i = 0; i < size; i++) {
        xmlrpc_value *member;
        xmlrpc_struct_find_value(&env, value, names[i], &member);
        snprintf(below, sizeof below, "%s.%s", label, names[i]);
        show(below, member);
      }
      break;
    }
    case XMLRPC_TYPE_ARRAY: {
      int size = xmlrpc_array_size(&env, value);
      char count[20];
      snprintf(count, sizeof count, "%d", size);
      snprintf(below, sizeof below, "%s.length", label);
      row(below, "int", count);
      for (int i = 0; i < size; i++) {
        xmlrpc_value *item;
        xmlrpc_array_read_item(&env, value, (unsigned)i, &item);
        snprintf(below, sizeof below, "%s[%d]", label, i);
        show(below, item);
      }
      break;
    }
    case XMLRPC_TYPE_INT: {
      int number;
      char text[20];
      xmlrpc_read_int(&env, value, &number);
      snprintf(text, sizeof text, "%d", number);
      row(label, "int", text);
      break;
    }
    case XMLRPC_TYPE_BOOL: {
      xmlrpc_bool truth;
      xmlrpc_read_bool(&env, value, &truth);
      row(label, "bool", truth ? "1" : "0");
      break;
    }
    case XMLRPC_TYPE_STRING: {
      const char *text;
      size_t length;
      xmlrpc_read_string_lp(&env, value, &length, &text);
      row(label, "string", text);
      break;
    }
    default:
      row(label, "other", "");
  }
}

static xmlrpc_value *parse(xmlrpc_env *env, char *word) {
  char *text = word + 2;
  if (*word == 'i') return xmlrpc_int_new(env, atoi(text));
  if (*word == 'b') return xmlrpc_bool_new(env, *text == '1');
  if (*word == 's') return xmlrpc_string_new(env, text);
  xmlrpc_value *calls = xmlrpc_array_new(env);
  char *rest = NULL;
  for (char *name = strtok_r(text, ",", &rest); name != NULL; name = strtok_r(NULL, ",", &rest)) {
    xmlrpc_array_append_item(env, calls, xmlrpc_build_value(env, "{s:s,s:()}", "methodName", name, "params"));
  }
  return calls;
}

int main(int argc, char **argv) {
  if (argc < 5) return 2;
  char url[200], line[2000];
  xmlrpc_env env;
  xmlrpc_client *client;
  xmlrpc_env_init(&env);
  xmlrpc_client_setup_global_const(&env);
  xmlrpc_client_create(&env, XMLRPC_CLIENT_NO_FLAGS, "client", "1", NULL, 0, &client);
  snprintf(url, sizeof url, "http://%s:%s/RPC2", argv[1], argv[2]);
  xmlrpc_server_info *server = xmlrpc_server_info_new(&env, url);
  xmlrpc_server_info_set_user(&env, server, argv[3], argv[4]);
  xmlrpc_server_info_allow_auth_basic(&env, server);
  while (fgets(line, sizeof line, stdin) != NULL) {
    line[strcspn(line, "\n")] = 0;
    char label[2000];
    snprintf(label, sizeof label, "%s", line);
    for (char *at = label; *at != 0; at++) if (*at == '\t') *at = ' ';
    char *rest = NULL, *method = strtok_r(line, "\t", &rest), *word;
    xmlrpc_value *params = xmlrpc_array_new(&env), *result = NULL;
    while ((word = strtok_r(NULL, "\t", &rest)) != NULL) xmlrpc_array_append_item(&env, params, parse(&env, word));
    xmlrpc_client_call2(&env, client, server, method, params, &result);
    if (!env.fault_occurred) show(label, result);
    else {
      char text[1000];
      /* Faults of the library's own are negative; their wording names addresses and sizes. */
      snprintf(text, sizeof text, "%d %s", env.fault_code, env.fault_code < 0 ? "" : env.fault_string);
      row(label, "fault", text);
    }
    xmlrpc_env_clean(&env);
    xmlrpc_env_init(&env);
  }
  return 0;
}
