#include "CEdit.h"

#include <dlfcn.h>
#include <histedit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct baton_edit {
  struct {
    EditLine *(*init)(const char *, FILE *, FILE *, FILE *);
    void (*end)(EditLine *);
    int (*set)(EditLine *, int, ...);
    int (*get)(EditLine *, int, ...);
    const char *(*gets)(EditLine *, int *);
    const LineInfo *(*line)(EditLine *);
    int (*insert)(EditLine *, const char *);
    void (*erase)(EditLine *, int);
    History *(*history_init)(void);
    void (*history_end)(History *);
    int (*history)(History *, HistEvent *, int, ...);
  } call;
  EditLine *editor;
  History *history;
  const char *prompt;
  char *file;
  baton_edit_complete complete;
  void *context;
  bool cancelled;
};

static baton_edit *own(EditLine *editor, int (*get)(EditLine *, int, ...)) {
  void *data = NULL;
  get(editor, EL_CLIENTDATA, &data);
  return data;
}

// libedit gives its callbacks nothing but the editor; there is one at a time.
static baton_edit *current;

static char *prompt(EditLine *editor) {
  baton_edit *edit = own(editor, current->call.get);
  return (char *)(edit != NULL ? edit->prompt : "");
}

static unsigned char cancel(EditLine *editor, int key) {
  (void)key;
  baton_edit *edit = own(editor, current->call.get);
  edit->cancelled = true;
  fputs("^C\n", stdout);
  fflush(stdout);
  return CC_NEWLINE;
}

/// How many bytes all lines of a list begin with.
static size_t common(const char *list) {
  size_t shared = strcspn(list, "\n");
  for (const char *line = list; *line != '\0';) {
    size_t length = strcspn(line, "\n"), same = 0;
    while (same < shared && same < length && line[same] == list[same]) same++;
    shared = same;
    line += length;
    if (*line == '\n') line++;
  }
  return shared;
}

static void show(const char *list) {
  fputc('\n', stdout);
  size_t column = 0, widest = 1;
  for (const char *line = list; *line != '\0';) {
    size_t length = strcspn(line, "\n");
    if (length > widest) widest = length;
    line += length;
    if (*line == '\n') line++;
  }
  size_t columns = 76 / (widest + 2) > 0 ? 76 / (widest + 2) : 1;
  for (const char *line = list; *line != '\0';) {
    size_t length = strcspn(line, "\n");
    bool ends = ++column == columns;
    fprintf(stdout, "%.*s%*s", (int)length, line, ends ? 0 : (int)(widest + 2 - length), "");
    if (ends) {
      fputc('\n', stdout);
      column = 0;
    }
    line += length;
    if (*line == '\n') line++;
  }
  if (column != 0) fputc('\n', stdout);
  fflush(stdout);
}

static unsigned char complete(EditLine *editor, int key) {
  (void)key;
  baton_edit *edit = own(editor, current->call.get);
  const LineInfo *info = edit->call.line(editor);
  size_t length = (size_t)(info->cursor - info->buffer), replaced = 0;
  char *list = edit->complete(edit->context, info->buffer, length, &replaced);
  if (list == NULL) return CC_REFRESH_BEEP;
  size_t shared = common(list);
  bool alone = strchr(list, '\n') == NULL;
  unsigned char result = CC_REFRESH;
  if (shared > replaced || alone) {
    if (replaced > 0) edit->call.erase(editor, (int)replaced);
    list[shared] = '\0';
    if (*list != '\0' && edit->call.insert(editor, list) == -1) result = CC_REFRESH_BEEP;
  } else {
    show(list);
    result = CC_REDISPLAY;
  }
  free(list);
  return result;
}

baton_edit *baton_edit_open(
    const char *library, const char *history, baton_edit_complete callback, void *context, char *message, size_t size) {
  void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
  if (handle == NULL) {
    const char *reason = dlerror();
    snprintf(message, size, "%s", reason != NULL ? reason : library);
    return NULL;
  }
  baton_edit *edit = calloc(1, sizeof *edit);
  if (edit == NULL) return NULL;
  struct {
    const char *name;
    void *place;
  } const functions[] = {
      {"el_init", &edit->call.init},          {"el_end", &edit->call.end},
      {"el_set", &edit->call.set},            {"el_get", &edit->call.get},
      {"el_gets", &edit->call.gets},          {"el_line", &edit->call.line},
      {"el_insertstr", &edit->call.insert},   {"el_deletestr", &edit->call.erase},
      {"history_init", &edit->call.history_init}, {"history_end", &edit->call.history_end},
      {"history", &edit->call.history},
  };
  for (size_t index = 0; index < sizeof functions / sizeof *functions; index++) {
    void *symbol = dlsym(handle, functions[index].name);
    if (symbol == NULL) {
      snprintf(message, size, "%s has no %s", library, functions[index].name);
      free(edit);
      dlclose(handle);
      return NULL;
    }
    memcpy(functions[index].place, &symbol, sizeof symbol);
  }
  edit->editor = edit->call.init("baton", stdin, stdout, stderr);
  edit->history = edit->call.history_init();
  if (edit->editor == NULL || edit->history == NULL) {
    snprintf(message, size, "the terminal cannot be set up");
    if (edit->editor != NULL) edit->call.end(edit->editor);
    if (edit->history != NULL) edit->call.history_end(edit->history);
    free(edit);
    return NULL;
  }
  current = edit;
  edit->prompt = "";
  edit->complete = callback;
  edit->context = context;
  HistEvent event;
  edit->call.history(edit->history, &event, H_SETSIZE, 1000);
  edit->call.history(edit->history, &event, H_SETUNIQUE, 1);
  if (history != NULL) {
    edit->file = strdup(history);
    edit->call.history(edit->history, &event, H_LOAD, history);
  }
  edit->call.set(edit->editor, EL_CLIENTDATA, edit);
  edit->call.set(edit->editor, EL_PROMPT, prompt);
  edit->call.set(edit->editor, EL_EDITOR, "emacs");
  edit->call.set(edit->editor, EL_SIGNAL, 0);
  edit->call.set(edit->editor, EL_HIST, edit->call.history, edit->history);
  edit->call.set(edit->editor, EL_ADDFN, "baton-complete", "completes a word", complete);
  edit->call.set(edit->editor, EL_ADDFN, "baton-cancel", "gives the line up", cancel);
  edit->call.set(edit->editor, EL_BIND, "\t", "baton-complete", NULL);
  edit->call.set(edit->editor, EL_BIND, "^C", "baton-cancel", NULL);
  edit->call.set(edit->editor, EL_BIND, "^R", "em-inc-search-prev", NULL);
  // While a line is edited, Ctrl-C is a key like others.
  edit->call.set(edit->editor, EL_SETTY, "-d", "-isig", NULL);
  return edit;
}

int baton_edit_read(baton_edit *edit, const char *text, const char **line) {
  edit->prompt = text;
  edit->cancelled = false;
  // Before the prompt is shown: libedit does it after, and a Ctrl-C between the two would be the signal, not the key.
  edit->call.set(edit->editor, EL_PREP_TERM, 1);
  int count = 0;
  *line = edit->call.gets(edit->editor, &count);
  if (edit->cancelled) return BATON_EDIT_CANCELLED;
  return *line == NULL || count <= 0 ? BATON_EDIT_END : BATON_EDIT_LINE;
}

void baton_edit_remember(baton_edit *edit, const char *entry) {
  HistEvent event;
  edit->call.history(edit->history, &event, H_ENTER, entry);
  if (edit->file != NULL) edit->call.history(edit->history, &event, H_SAVE, edit->file);
}

void baton_edit_close(baton_edit *edit) {
  edit->call.end(edit->editor);
  edit->call.history_end(edit->history);
  free(edit->file);
  if (current == edit) current = NULL;
  free(edit);
}
