#!/usr/bin/ruby
# Calls by Ruby's XMLRPC::Client, and its own kinds of multicall.
require "xmlrpc/client"
Encoding.default_external = Encoding::UTF_8

host, port, user, password = ARGV
CLIENT = XMLRPC::Client.new3(host: host, port: port.to_i, path: "/RPC2", user: user, password: password)

def row(label, text)
  text = text.dup.force_encoding(Encoding::UTF_8).scrub
  puts "#{label}\t#{text.gsub("\\", "\\\\\\\\").gsub("\n", "\\n")}"
end

def show(label, value)
  case value
  when Hash then value.keys.sort.each { |key| show("#{label}.#{key}", value[key]) }
  when Array
    row("#{label}.length", value.length.to_s)
    value.each_with_index { |item, index| show("#{label}[#{index}]", item) }
  when XMLRPC::FaultException then row(label, "fault #{value.faultCode} #{value.faultString}")
  else row(label, "#{value.class} #{value}")
  end
end

def parse(word)
  kind, text = word.split(":", 2)
  case kind
  when "i" then text.to_i
  when "b" then text == "1"
  when "m" then text.split(",").map { |name| { "methodName" => name, "params" => [] } }
  else text
  end
end

def attempt(label)
  show(label, yield)
rescue XMLRPC::FaultException => fault
  show(label, fault)
rescue StandardError => error
  row(label, "error #{error.class} #{error.message[/HTTP-Error: \d+/]}")
end

STDIN.each_line(chomp: true) do |line|
  method, *words = line.split("\t")
  attempt([method, *words].join(" ")) { CLIENT.call(method, *words.map { |word| parse(word) }) }
end
attempt("multicall2") { CLIENT.multicall2(["supervisor.getAPIVersion"], ["supervisor.getProcessInfo", "nope"]) }
