package made

var first = 3
var second = 4
var unread = 5
