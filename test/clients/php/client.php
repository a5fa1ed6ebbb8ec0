<?php
// Calls by PHP's xmlrpc extension: over TCP through curl, or written by hand to the socket as HTTP/1.0 without a host,
// as one-file clients of Supervisor do.

[, $mode, $host, $port, $user, $password, $socket] = $argv;

function row(string $label, string $text): void
{
    echo $label, "\t", strtr($text, ["\\" => "\\\\", "\n" => "\\n"]), "\n";
}

function show(string $label, mixed $value): void
{
    if (is_object($value)) {
        row($label, "object {$value->scalar}");
    } elseif (!is_array($value)) {
        row($label, gettype($value) . " " . var_export($value, true));
    } elseif (array_is_list($value)) {
        row("$label.length", (string) count($value));
        foreach ($value as $index => $item) {
            show("{$label}[$index]", $item);
        }
    } else {
        ksort($value);
        foreach ($value as $key => $item) {
            show("$label.$key", $item);
        }
    }
}

function parse(string $word): mixed
{
    [$kind, $text] = explode(":", $word, 2);
    return match ($kind) {
        "i" => (int) $text,
        "b" => $text === "1",
        "m" => array_map(fn($name) => ["methodName" => $name, "params" => []], explode(",", $text)),
        default => $text,
    };
}

/** @return array{int, string} status and body */
function byCurl(string $xml): array
{
    global $host, $port, $user, $password;
    static $handle = null;
    $handle ??= curl_init("http://$host:$port/RPC2");
    curl_setopt_array($handle, [
        CURLOPT_POSTFIELDS => $xml,
        CURLOPT_USERPWD => "$user:$password",
        CURLOPT_RETURNTRANSFER => true,
        CURLOPT_HTTPHEADER => ["Content-Type: text/xml"],
    ]);
    $body = curl_exec($handle);
    return [curl_getinfo($handle, CURLINFO_RESPONSE_CODE), (string) $body];
}

/** @return array{int, string} */
function byHand(string $xml): array
{
    global $socket, $user, $password;
    $stream = fsockopen("unix://$socket");
    $token = base64_encode("$user:$password");
    fwrite($stream, "POST /RPC2 HTTP/1.0\r\nAuthorization: Basic $token\r\nContent-Length: " . strlen($xml) . "\r\n\r\n$xml");
    $head = "";
    while (!str_ends_with($head, "\r\n\r\n") && !feof($stream)) {
        $head .= fgets($stream);
    }
    // In this spelling, and nothing but a length: that is what such clients understand.
    if (preg_match('/^HTTP\/1\.\d (\d+).*?\r\nContent-Length: (\d+)\r\n/s', $head, $found) !== 1) {
        return [0, ""];
    }
    $body = stream_get_contents($stream, (int) $found[2]);
    fclose($stream);
    return [(int) $found[1], $body];
}

foreach (file("php://stdin", FILE_IGNORE_NEW_LINES) as $line) {
    $words = explode("\t", $line);
    $label = implode(" ", $words);
    $method = array_shift($words);
    // Without options it declares ISO-8859-1 and writes characters as references; with these, it declares UTF-8.
    $options = $mode === "curl" ? ["encoding" => "utf-8", "escaping" => "markup"] : [];
    $xml = xmlrpc_encode_request($method, array_map("parse", $words), $options);
    [$status, $body] = $mode === "curl" ? byCurl($xml) : byHand($xml);
    if ($status !== 200) {
        row($label, "http $status");
        continue;
    }
    $value = xmlrpc_decode($body, "utf-8");
    if ($value === null) {
        row($label, "error unreadable");
    } elseif (is_array($value) && xmlrpc_is_fault($value)) {
        row($label, "fault {$value["faultCode"]} {$value["faultString"]}");
    } else {
        show($label, $value);
    }
}
