// The format of a hashed password (Supervisor, section [inet_http_server]).

export const SHA_PREFIX = "{SHA}";
