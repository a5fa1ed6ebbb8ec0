#include <stdint.h>
#include <string.h>

#include "lines.h"

static const uint64_t ONES = 0x0101010101010101u, HIGHS = 0x8080808080808080u;

// Nonzero where a byte is below `n`, which is at most 128. A byte above the first such one may be reported too.
static uint64_t below(uint64_t word, unsigned char n) { return (word - ONES * n) & ~word & HIGHS; }

// Whether eight bytes are copied as they are: neither controls, nor quotes, nor backslashes, nor beyond ASCII.
static int are_plain(const unsigned char *in) {
  uint64_t word;
  memcpy(&word, in, sizeof word);
  uint64_t found = word & HIGHS;
  found |= below(word, 0x20) | below(word ^ ONES * '"', 1) | below(word ^ ONES * '\\', 1) | below(word ^ ONES * 0x7f, 1);
  return found == 0;
}

static char *put_escaped(unsigned char byte, char *out) {
  static const char hex[] = "0123456789abcdef";
  static const char short_forms[][2] = {{8, 'b'}, {9, 't'}, {10, 'n'}, {12, 'f'}, {13, 'r'}, {'"', '"'}, {'\\', '\\'}};
  *out++ = '\\';
  for (size_t i = 0; i < sizeof short_forms / sizeof *short_forms; i++)
    if (byte == short_forms[i][0]) {
      *out++ = short_forms[i][1];
      return out;
    }
  memcpy(out, "u00", 3);
  out[3] = hex[byte >> 4];
  out[4] = hex[byte & 15];
  return out + 5;
}

// The length of the character at `in`, which is not ASCII; of an invalid one, the negative length of the bytes to replace.
static int character_length(const unsigned char *in, const unsigned char *end) {
  unsigned char lead = *in;
  if (lead < 0xc2 || lead > 0xf4) return -1;
  int length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  unsigned char lowest = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
  unsigned char highest = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
  for (int i = 1; i < length; i++) {
    if (in + i >= end || in[i] < lowest || in[i] > highest) return -i;
    lowest = 0x80;
    highest = 0xbf;
  }
  return length;
}

static char *put_character(const unsigned char *in, int length, char *out) {
  if (length < 0) {
    memcpy(out, "\xef\xbf\xbd", 3);
    return out + 3;
  }
  if (in[0] == 0xc2 && in[1] < 0xa0) return put_escaped(in[1], out); // a C1 control
  memcpy(out, in, length);
  return out + length;
}

static char *escape(const unsigned char *in, const unsigned char *end, char *out) {
  while (in < end) {
    while (end - in >= 8 && are_plain(in)) {
      memcpy(out, in, 8);
      in += 8;
      out += 8;
    }
    if (in == end) break;
    if (*in >= 0x80) {
      int length = character_length(in, end);
      out = put_character(in, length, out);
      in += length < 0 ? -length : length;
    } else if (*in < 0x20 || *in == 0x7f || *in == '"' || *in == '\\') {
      out = put_escaped(*in++, out);
    } else {
      *out++ = (char)*in++;
    }
  }
  return out;
}

// How many bytes at the end begin an incomplete character: 0 to 3.
static size_t unfinished(const char *bytes, size_t length) {
  for (size_t back = 1; back <= 3 && back <= length; back++) {
    unsigned char byte = (unsigned char)bytes[length - back];
    if (byte >= 0x80 && byte < 0xc0) continue;
    size_t whole = byte >= 0xf0 && byte < 0xf5 ? 4 : byte >= 0xe0 && byte < 0xf0 ? 3 : byte >= 0xc2 && byte < 0xe0 ? 2 : 1;
    return back < whole ? back : 0;
  }
  return 0;
}

static size_t most_of(const struct lines *l, size_t length) {
  size_t end = l->line_end.length > l->cut_end.length ? l->line_end.length : l->cut_end.length;
  return l->head_length + (l->is_escaped ? ESCAPED_BYTES : 1) * length + end;
}

size_t most_of_piece(const struct lines *l) { return most_of(l, LONGEST_PIECE); }

static void put_piece(struct lines *l, const char *piece, size_t length, int is_cut) {
  if (l->used + most_of(l, length) > l->size) l->flush(l);
  char *out = l->out + l->used;
  memcpy(out, l->head, l->head_length);
  if (l->is_continued && l->mark >= 0) out[l->mark] = '+';
  out += l->head_length;
  if (l->is_escaped) {
    // A line may end with CR LF; anywhere else a CR is text.
    if (!is_cut && length > 0 && piece[length - 1] == '\r') length--;
    out = escape((const unsigned char *)piece, (const unsigned char *)piece + length, out);
  } else {
    memcpy(out, piece, length);
    out += length;
  }
  const struct text *end = is_cut ? &l->cut_end : &l->line_end;
  memcpy(out, end->bytes, end->length);
  l->used = out + end->length - l->out;
  l->is_continued = is_cut;
}

size_t format_lines(struct lines *l, const char *in, size_t from, size_t fresh, size_t to) {
  for (;;) {
    const char *feed = memchr(in + fresh, '\n', to - fresh);
    size_t end = feed == NULL ? to : (size_t)(feed - in);
    while (end - from > LONGEST_PIECE) {
      size_t length = LONGEST_PIECE - unfinished(in + from, LONGEST_PIECE);
      put_piece(l, in + from, length, 1);
      from += length;
    }
    if (feed == NULL) return from;
    put_piece(l, in + from, end - from, 0);
    from = fresh = end + 1;
  }
}

void show_milliseconds(struct lines *l, int milliseconds) {
  char *digits = l->head + l->milliseconds;
  digits[0] = (char)('0' + milliseconds / 100);
  digits[1] = (char)('0' + milliseconds / 10 % 10);
  digits[2] = (char)('0' + milliseconds % 10);
}
