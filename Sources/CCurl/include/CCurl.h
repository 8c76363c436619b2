#pragma once
#include <curl/curl.h>

// libcurl, loaded when it is first needed: it brings some thirty libraries along, and a program that sends nothing
// should not wait for them. The header gives types and constants alone; every function is called through the table.

typedef struct {
  CURLcode (*global_init)(long);
  CURL *(*easy_init)(void);
  CURLcode (*easy_setopt)(CURL *, CURLoption, ...);
  CURLcode (*easy_perform)(CURL *);
  CURLcode (*easy_getinfo)(CURL *, CURLINFO, ...);
  void (*easy_cleanup)(CURL *);
  const char *(*easy_strerror)(CURLcode);
  struct curl_slist *(*slist_append)(struct curl_slist *, const char *);
  void (*slist_free_all)(struct curl_slist *);
  curl_version_info_data *(*version_info)(CURLversion);
} baton_curl;

// Fills the table from the library of that name (`libcurl.so.4`) and makes the library ready. Returns 0, or -1 with what
// went wrong in `message`. To be called once, before other threads use the table.
int baton_curl_load(const char *library, baton_curl *table, char *message, size_t size);

// `curl_easy_setopt` and `curl_easy_getinfo` by the type of what they take and give.
CURLcode baton_curl_set_long(const baton_curl *table, CURL *handle, CURLoption option, long value);
CURLcode baton_curl_set_text(const baton_curl *table, CURL *handle, CURLoption option, const char *value);
CURLcode baton_curl_set_pointer(const baton_curl *table, CURL *handle, CURLoption option, const void *value);
CURLcode baton_curl_set_list(const baton_curl *table, CURL *handle, CURLoption option, struct curl_slist *value);
CURLcode baton_curl_set_write(
    const baton_curl *table, CURL *handle, size_t (*callback)(char *, size_t, size_t, void *), void *context);
CURLcode baton_curl_set_read(
    const baton_curl *table, CURL *handle, size_t (*callback)(char *, size_t, size_t, void *), void *context);
CURLcode baton_curl_set_header(
    const baton_curl *table, CURL *handle, size_t (*callback)(char *, size_t, size_t, void *), void *context);
CURLcode baton_curl_set_progress(
    const baton_curl *table, CURL *handle,
    int (*callback)(void *, curl_off_t, curl_off_t, curl_off_t, curl_off_t), void *context);
CURLcode baton_curl_get_long(const baton_curl *table, CURL *handle, CURLINFO info, long *value);
CURLcode baton_curl_get_offset(const baton_curl *table, CURL *handle, CURLINFO info, curl_off_t *value);
// The text belongs to the handle.
CURLcode baton_curl_get_text(const baton_curl *table, CURL *handle, CURLINFO info, const char **value);
