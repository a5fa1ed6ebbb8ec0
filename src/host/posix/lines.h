// Formats lines as core/logs/line-format.ts does, to the byte. The caller has rendered what stands before and after each line.

#pragma once
#include <stddef.h>

enum { LONGEST_PIECE = 32 * 1024, ESCAPED_BYTES = 6 };

struct text {
  const char *bytes;
  size_t length;
};

struct lines {
  char *head; // before each line, the time in it
  size_t head_length;
  struct text line_end, cut_end;
  long mark, milliseconds; // offsets in the head; negative for none
  int is_escaped, is_continued;
  char *out; // room for one piece at least: see `most_of_piece`
  size_t used, size;
  void (*flush)(struct lines *lines); // takes what is used
};

size_t most_of_piece(const struct lines *lines);
void show_milliseconds(struct lines *lines, int milliseconds);
// Formats the lines that are complete in in[from..to). No line feed is before `fresh`. @returns where the incomplete line begins
size_t format_lines(struct lines *lines, const char *in, size_t from, size_t fresh, size_t to);
