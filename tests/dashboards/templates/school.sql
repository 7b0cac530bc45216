-- template: coursesByStatus
SELECT status, count(*) FROM courses GROUP BY status

-- template: coursesByCategory
SELECT category, count(*), sum((status = 'PUBLISHED')::INTEGER) FROM courses GROUP BY category

-- template: coursesByTerm
SELECT t.code, count(*), count(*) FILTER (WHERE c.status = 'PUBLISHED')
FROM courses c LEFT JOIN terms t ON t.id = c.term_id GROUP BY t.code

-- template: coursesWithoutTerm
SELECT code, title, status, starts_on FROM courses WHERE term_id IS NULL

-- template: lessonsByKind
SELECT c.code, l.kind, count(*)
FROM lessons l LEFT JOIN courses c ON c.id = l.course_id GROUP BY c.code, l.kind

-- template: requiredLessons
SELECT c.code, count(*)
FROM lessons l LEFT JOIN courses c ON c.id = l.course_id WHERE l.is_required GROUP BY c.code

-- template: studentsByClass
SELECT class_name, count(*) FROM students GROUP BY class_name

-- template: studentsBySection
SELECT class_name, section_name, count(*) FROM students WHERE status = 'ACTIVE' GROUP BY ALL

-- template: staffByRole
SELECT role, status, count(*) FROM staff GROUP BY role, status

-- template: messagesByChannel
SELECT channel, count(*), avg(CASE status WHEN 'SENT' THEN 1.0 ELSE 0.0 END),
  avg(CASE status WHEN 'FAILED' THEN 1.0 ELSE 0.0 END)
FROM deliveries GROUP BY channel

-- template: messagesByStatus
SELECT channel, status, count(*) FROM deliveries GROUP BY channel, status

-- template: failedMessages
SELECT reason, count(*) FROM deliveries WHERE status = 'FAILED' GROUP BY reason

-- template: messagesByMonth
SELECT make_date(year(created_on), month(created_on), 1) AS m, category, count(*)
FROM deliveries WHERE created_on IS NOT NULL GROUP BY m, category
