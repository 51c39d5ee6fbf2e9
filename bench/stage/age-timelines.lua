--[[
Brings timelines that are fuller than full to the lengths that those of a system in use have.

KEYS[1]  prefix of the timelines' keys; a timeline's key is the prefix and the user's digits
ARGV[1]  entries that a timeline keeps   ARGV[2]  slack   ARGV[3]  user ids, eight hexadecimal digits each

A push trims a timeline only when cap + slack is passed (core/lua/deliver.lua): at any time the lengths lie anywhere
between, and one push in slack + 1 trims. Timelines of one length would trim all at once or never. Safe to repeat.
]]
local prefix, cap, slack, users = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3]
local call, sub = redis.call, string.sub
for i = 1, #users, 8 do
  local user = sub(users, i, i + 7)
  local keep = cap + tonumber(user, 16) % (slack + 1)
  local floor = call('LINDEX', prefix .. user, keep)
  if floor and tonumber(floor) > 0 then
    call('LTRIM', prefix .. user, 0, keep - 1)
    call('RPUSH', prefix .. user, '-' .. floor)
  end
end
