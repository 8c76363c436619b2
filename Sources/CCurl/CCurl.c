#include "CCurl.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

// The header turns these into checks of types that only work on the library's own functions.
#undef curl_easy_setopt
#undef curl_easy_getinfo

int baton_curl_load(const char *library, baton_curl *table, char *message, size_t size) {
  void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
  if (handle == NULL) {
    const char *reason = dlerror();
    snprintf(message, size, "%s", reason != NULL ? reason : library);
    return -1;
  }
  struct {
    const char *name;
    void *place;
  } const functions[] = {
      {"curl_global_init", &table->global_init},     {"curl_easy_init", &table->easy_init},
      {"curl_easy_setopt", &table->easy_setopt},     {"curl_easy_perform", &table->easy_perform},
      {"curl_easy_getinfo", &table->easy_getinfo},   {"curl_easy_cleanup", &table->easy_cleanup},
      {"curl_easy_strerror", &table->easy_strerror}, {"curl_slist_append", &table->slist_append},
      {"curl_slist_free_all", &table->slist_free_all}, {"curl_version_info", &table->version_info},
  };
  for (size_t index = 0; index < sizeof functions / sizeof *functions; index++) {
    void *symbol = dlsym(handle, functions[index].name);
    if (symbol == NULL) {
      snprintf(message, size, "%s has no %s", library, functions[index].name);
      dlclose(handle);
      return -1;
    }
    memcpy(functions[index].place, &symbol, sizeof symbol);
  }
  CURLcode code = table->global_init(CURL_GLOBAL_DEFAULT);
  if (code != CURLE_OK) {
    snprintf(message, size, "%s", table->easy_strerror(code));
    return -1;
  }
  return 0;
}

CURLcode baton_curl_set_long(const baton_curl *table, CURL *handle, CURLoption option, long value) {
  return table->easy_setopt(handle, option, value);
}

CURLcode baton_curl_set_text(const baton_curl *table, CURL *handle, CURLoption option, const char *value) {
  return table->easy_setopt(handle, option, value);
}

CURLcode baton_curl_set_pointer(const baton_curl *table, CURL *handle, CURLoption option, const void *value) {
  return table->easy_setopt(handle, option, value);
}

CURLcode baton_curl_set_list(const baton_curl *table, CURL *handle, CURLoption option, struct curl_slist *value) {
  return table->easy_setopt(handle, option, value);
}

CURLcode baton_curl_set_write(
    const baton_curl *table, CURL *handle, size_t (*callback)(char *, size_t, size_t, void *), void *context) {
  CURLcode code = table->easy_setopt(handle, CURLOPT_WRITEFUNCTION, callback);
  return code != CURLE_OK ? code : table->easy_setopt(handle, CURLOPT_WRITEDATA, context);
}

CURLcode baton_curl_set_read(
    const baton_curl *table, CURL *handle, size_t (*callback)(char *, size_t, size_t, void *), void *context) {
  CURLcode code = table->easy_setopt(handle, CURLOPT_READFUNCTION, callback);
  return code != CURLE_OK ? code : table->easy_setopt(handle, CURLOPT_READDATA, context);
}

CURLcode baton_curl_set_header(
    const baton_curl *table, CURL *handle, size_t (*callback)(char *, size_t, size_t, void *), void *context) {
  CURLcode code = table->easy_setopt(handle, CURLOPT_HEADERFUNCTION, callback);
  return code != CURLE_OK ? code : table->easy_setopt(handle, CURLOPT_HEADERDATA, context);
}

CURLcode baton_curl_set_progress(
    const baton_curl *table, CURL *handle,
    int (*callback)(void *, curl_off_t, curl_off_t, curl_off_t, curl_off_t), void *context) {
  CURLcode code = table->easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, callback);
  if (code == CURLE_OK) code = table->easy_setopt(handle, CURLOPT_XFERINFODATA, context);
  return code != CURLE_OK ? code : table->easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
}

CURLcode baton_curl_get_long(const baton_curl *table, CURL *handle, CURLINFO info, long *value) {
  return table->easy_getinfo(handle, info, value);
}

CURLcode baton_curl_get_offset(const baton_curl *table, CURL *handle, CURLINFO info, curl_off_t *value) {
  return table->easy_getinfo(handle, info, value);
}

CURLcode baton_curl_get_text(const baton_curl *table, CURL *handle, CURLINFO info, const char **value) {
  return table->easy_getinfo(handle, info, value);
}
