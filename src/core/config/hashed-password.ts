// How a password is written when it is not plain (Supervisor, section [inet_http_server]).

export const SHA_PREFIX = "{SHA}";
