#pragma once
#include <stdbool.h>
#include <stddef.h>

// Lines that are typed at a terminal, with history and completion: libedit (BSD licence), loaded when it is first needed,
// so that no other command waits for it.

typedef struct baton_edit baton_edit;

/// Completions of what stands before the cursor: the number of its bytes that they replace, in `*replaced`, and a list of
/// texts, separated by newlines, in memory of `malloc`; NULL: none.
typedef char *(*baton_edit_complete)(void *context, const char *text, size_t length, size_t *replaced);

/// What came of a line.
enum { BATON_EDIT_LINE = 0, BATON_EDIT_END = 1, BATON_EDIT_CANCELLED = 2 };

/// An editor on standard input and output, or NULL with the reason in `message`. `history`: a file to read and keep lines
/// in; NULL: none.
baton_edit *baton_edit_open(
    const char *library, const char *history, baton_edit_complete complete, void *context, char *message, size_t size);

/// Reads a line behind the prompt. `*line` is valid until the next call, and has its newline.
int baton_edit_read(baton_edit *edit, const char *prompt, const char **line);

/// Keeps an entry in the history.
void baton_edit_remember(baton_edit *edit, const char *entry);

void baton_edit_close(baton_edit *edit);
